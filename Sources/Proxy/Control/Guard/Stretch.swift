/// Samples after the change that are judged together: all of them, and in parts.
struct Stretch {
    /// Fewer say nothing of how long something lasts.
    private static let fewestParts = 3
    private static let mostParts = 10

    let whole: TrafficSpan
    private let samples: [TrafficSample]
    private let least: Int

    /// - Parameter least: fewer requests decide nothing.
    init(_ samples: [TrafficSample], _ least: Int) {
        self.samples = samples
        self.least = least
        if let first = samples.first, let last = samples.last {
            whole = TrafficSpan(from: first, to: last)
        } else {
            whole = .none
        }
    }

    /// Parts of the same number of samples; those without traffic are left out.
    private var parts: [TrafficSpan] {
        let steps = max(0, samples.count - 1)
        let count = min(steps, Self.mostParts)
        return (0..<count).map { part in
            TrafficSpan(from: samples[part * steps / count], to: samples[(part + 1) * steps / count])
        }.filter { $0.requests > 0 }
    }

    /// Whether a share has risen, as `ChangeGuard` describes it.
    ///
    /// - Parameters:
    ///   - before: the share in the minute before, and what it is taken for where chance is judged.
    ///   - limits: above which the whole is bad, and what is left of it without the worst four parts of ten.
    ///   - past: the samples of the minute before.
    func isWorse(
        than before: (share: Share, expected: Share), _ limits: (whole: Double, rest: Double), past: [TrafficSample],
        _ share: (TrafficSpan) -> Share
    ) -> Bool {
        let now = share(whole)
        guard now.of >= Double(least), now.value > limits.whole, now.isRise(over: before.expected) else { return false }
        let parts = parts.map(share)
        guard parts.count >= Self.fewestParts else { return false }
        let worstLast = parts.sorted { $0.hits < $1.hits }
        let rest = worstLast.dropLast(parts.count * 2 / 5).reduce(Share(hits: 0, of: 0)) { sum, part in
            Share(hits: sum.hits + part.hits, of: sum.of + part.of)
        }
        guard rest.value > limits.rest, rest.isRise(over: before.expected) else { return false }
        return !wasAsBad(now.value - (limits.whole - before.share.value), past, share)
    }

    /// Whether any time as long as this had as large a share before.
    private func wasAsBad(_ value: Double, _ past: [TrafficSample], _ share: (TrafficSpan) -> Share) -> Bool {
        let length = whole.length - whole.length / 10
        var start = 0
        for end in past.indices {
            while start + 1 < end, past[end].time - past[start + 1].time >= length { start += 1 }
            guard past[end].time - past[start].time >= length else { continue }
            let before = share(TrafficSpan(from: past[start], to: past[end]))
            if before.of >= Double(least), before.value >= value { return true }
        }
        return false
    }
}
