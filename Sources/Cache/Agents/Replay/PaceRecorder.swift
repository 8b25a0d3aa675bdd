internal import Wire

/// Notes when the events of a stream come, while it is passed on and kept.
package struct PaceRecorder: Sendable {
    private var scanner = EventScanner(reads: false)
    private var steps: [ReplayPlan.Step] = []
    private var length = 0
    /// When the last bytes came, and how long after the first they are to be sent; milliseconds.
    private var last: Int64?
    private var after: Int64 = 0

    package init() {}

    /// Takes the next bytes, which came at `now` (milliseconds of a clock that does not go back).
    package mutating func take(_ bytes: UnsafeRawBufferPointer, now: Int64) {
        let start = length
        length += bytes.count
        let pause = min(max(0, now - (last ?? now)), ReplayPlan.longestPause)
        var end: Int?
        var from = 0
        while let event = scanner.next(bytes, from: from) {
            from = event.end
            end = start + event.end
        }
        // bytes that end no event go out with those that do
        guard let end, let place = UInt32(exactly: end) else { return }
        last = now
        after += pause
        note(place, UInt32(clamping: after))
    }

    /// Events that came in the same millisecond are one step.
    private mutating func note(_ end: UInt32, _ after: UInt32) {
        if steps.last?.after == after { steps.removeLast() }
        if steps.count < ReplayPlan.mostSteps { steps.append(ReplayPlan.Step(end: end, after: after)) }
    }

    /// The plan of what has come. What follows the last event is due with it.
    package var plan: ReplayPlan { ReplayPlan(steps: steps) }
}
