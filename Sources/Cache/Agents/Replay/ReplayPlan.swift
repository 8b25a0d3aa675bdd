/// When which events of a kept stream are sent again: the pauses between them as they first came.
package struct ReplayPlan: Sendable, Equatable {
    /// Everything before `end` is sent `after` milliseconds.
    package struct Step: Sendable, Equatable {
        package let end: UInt32
        package let after: UInt32

        package init(end: UInt32, after: UInt32) {
            self.end = end
            self.after = after
        }
    }

    /// Both grow from step to step.
    package let steps: [Step]

    /// A pause is no longer than this, in milliseconds, however long the agent once thought.
    package static let longestPause: Int64 = 5000
    /// What comes after so many steps is sent with the last.
    package static let mostSteps = 65_536

    init(steps: [Step]) { self.steps = steps }

    /// How many of `length` bytes are due, `elapsed` milliseconds after the first.
    package func due(_ elapsed: Int64, length: Int) -> Int {
        let place = firstAfter(elapsed)
        if place == steps.count { return length }
        return place == 0 ? 0 : min(length, Int(steps[place - 1].end))
    }

    /// After so many milliseconds, counted from the first, more is due; nil: everything is.
    package func next(after elapsed: Int64) -> Int64? {
        let place = firstAfter(elapsed)
        return place < steps.count ? Int64(steps[place].after) : nil
    }

    /// The first step that is not due.
    private func firstAfter(_ elapsed: Int64) -> Int {
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low + high) / 2
            if Int64(steps[middle].after) <= elapsed { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension ReplayPlan {
    /// As bytes that can stand beside an answer: the differences from step to step, seven bits a byte, lowest first.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        var last = Step(end: 0, after: 0)
        for step in steps {
            for difference in [step.end &- last.end, step.after &- last.after] {
                var rest = difference
                while rest >= 0x80 {
                    bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                    rest >>= 7
                }
                bytes.append(UInt8(truncatingIfNeeded: rest))
            }
            last = step
        }
        return bytes
    }

    /// Nil where these are not the bytes of a plan.
    package init?(bytes: UnsafeRawBufferPointer) {
        var steps: [Step] = []
        var end: UInt32 = 0
        var after: UInt32 = 0
        var at = 0
        while at < bytes.count {
            guard steps.count < Self.mostSteps, let length = Self.number(bytes, &at),
                let pause = Self.number(bytes, &at)
            else { return nil }
            let sums = (end.addingReportingOverflow(length), after.addingReportingOverflow(pause))
            guard !sums.0.overflow, !sums.1.overflow else { return nil }
            (end, after) = (sums.0.partialValue, sums.1.partialValue)
            steps.append(Step(end: end, after: after))
        }
        self.steps = steps
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ at: inout Int) -> UInt32? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 35, by: 7) {
            guard at < bytes.count else { return nil }
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return UInt32(exactly: value) }
        }
        return nil
    }
}
