internal import Settings

/// Whether the answers got worse by a change of the configuration.
///
/// The minute before the change is compared with what came after it: the last 1, 3, 10 and 30 seconds, and everything
/// since. A change is worse when in one of them
/// - more fail, or more are slow, than the settings allow, and
/// - that is no chance (`Share.isRise`), and
/// - it is so compared with every stretch of the same length in the minute before, too: what came in bursts then may
///   come in one now, and an outage that had begun is not the change's doing, and
/// - it lasts: without the worst four tenths of the stretch it would still be so. One agent that goes away, or a moment
///   in which the whole machine stands still, as it may while a large configuration is built, is no reason to take a
///   change back.
///
/// Counted is what *ends* after the change. What began before and is slow is left out of durations: each bucket tells
/// how long its requests ran at least. It is not left out of failures: which of them failed is not known, and where
/// much runs long, leaving it out would leave only what fails fast.
package struct ChangeGuard: Sendable {
    /// Nanoseconds: how far samples reach back, and how far they are apart.
    static let reach: Int64 = 61_000_000_000
    static let spacing: Int64 = 200_000_000
    private static let minute: Int64 = 60_000_000_000
    private static let windows: [Int64] = [1, 3, 10, 30].map { $0 * 1_000_000_000 }

    private struct Record {
        var sample: TrafficSample
        /// The sample's buckets without what began before the change.
        var begun: [Int]

        var ofThoseBegun: TrafficSample {
            var sample = sample
            sample.buckets = begun
            return sample
        }
    }

    private struct Watch {
        var settings: GuardSettings
        var start: Int64
        /// The minute before, and the samples in it.
        var before: TrafficSpan
        var past: [TrafficSample]
        /// The first sample after the change.
        var origin: Record?
        /// What ended after the change and began before it, by bucket.
        var older: [Int]
    }

    private let histogram: Histogram
    private var records: [Record] = []
    private var watch: Watch?

    /// - Parameter bounds: upper borders of the samples' buckets in seconds, ascending.
    package init(bounds: [Double]) {
        histogram = Histogram(bounds: bounds)
    }

    /// Whether a change is being watched.
    package func isWatching(at now: Int64) -> Bool {
        watch.map { now - $0.start <= $0.settings.watch.nanoseconds } ?? false
    }

    /// Takes note of the counters. Samples closer than 200 ms are merged; the last one is always as it was given.
    package mutating func add(_ sample: TrafficSample) {
        if let last = records.last?.sample, sample.time <= last.time { return }
        let record = Record(sample: sample, begun: leaveOutOlder(sample))
        let isClose = records.count > 1 && sample.time - records[records.count - 2].sample.time < Self.spacing
        if isClose { records[records.count - 1] = record } else { records.append(record) }
        let past = records.firstIndex { sample.time - $0.sample.time <= Self.reach } ?? 0
        if past > 64 { records.removeFirst(past) }
        if let start = watch?.start, watch?.origin == nil, sample.time >= start { watch?.origin = record }
    }

    /// A change is in force from `now` on.
    package mutating func begin(_ settings: GuardSettings, at now: Int64) {
        guard settings.enabled else { return end() }
        let past = records.map(\.sample).filter { $0.time <= now && now - $0.time <= Self.minute }
        var before = TrafficSpan.none
        if let first = past.first, let last = past.last { before = TrafficSpan(from: first, to: last) }
        let older = [Int](repeating: 0, count: histogram.bounds.count + 1)
        var origin: Record?
        if let last = past.last, last.time == now { origin = Record(sample: last, begun: last.buckets) }
        watch = Watch(settings: settings, start: now, before: before, past: past, origin: origin, older: older)
    }

    /// The change was taken back, or need not be watched any more.
    package mutating func end() { watch = nil }

    /// Nil while all is well or undecided; else what got worse, with both figures.
    package func verdict(at now: Int64) -> String? {
        guard let watch, isWatching(at: now), let origin = watch.origin else { return nil }
        let after = records.firstIndex { $0.sample.time > origin.sample.time } ?? records.endIndex
        guard after < records.endIndex, let last = records.last?.sample.time else { return nil }
        let elapsed = last - origin.sample.time
        for length in Self.windows.filter({ $0 < elapsed }) + [elapsed] {
            let start = records.lastIndex { last - $0.sample.time >= length } ?? 0
            let window = start < after ? [origin] + records[after...] : Array(records[start...])
            let least = watch.settings.minRequests
            if let reason = tooManyFail(Stretch(window.map(\.sample), least), watch) { return reason }
            if let reason = tooSlow(Stretch(window.map(\.ofThoseBegun), least), watch) { return reason }
        }
        return nil
    }

    // MARK: failures

    private func tooManyFail(_ now: Stretch, _ watch: Watch) -> String? {
        let before = watch.before.failing
        let allowed = watch.settings.errorRate.value
        let limits = (whole: before.value + allowed, rest: before.value + allowed / 2)
        guard now.isWorse(than: (before, Self.expected(before)), limits, past: watch.past, { $0.failing }) else {
            return nil
        }
        return "error rate \(GuardWords.percent(now.whole.failing.value)) \(GuardWords.stretch(now.whole)),"
            + " \(before.of > 0 ? GuardWords.percent(before.value) : "no requests") in the minute before;"
            + " admin.guard.errorRate allows \(GuardWords.percent(allowed)) more"
    }

    /// What is taken for the share of failures before. Where there was hardly any traffic it is what ought to be, none:
    /// as if of a thousand requests one in a hundred had failed, for every service has some.
    private static func expected(_ before: Share) -> Share {
        if before.of < 20 { return Share(hits: 1000 * max(before.value, 0.01), of: 1000) }
        return Share(hits: before.hits + 1, of: before.of + 100)
    }

    // MARK: durations

    private func tooSlow(_ now: Stretch, _ watch: Watch) -> String? {
        let factor = watch.settings.p99
        guard factor > 0, watch.before.requests >= watch.settings.minRequests,
            let before = histogram.quantile(0.99, watch.before.buckets),
            let after = histogram.quantile(0.99, now.whole.buckets),
            after.bucket > before.bucket, after.seconds > before.seconds * factor,
            let slow = slow(than: before, times: factor, now.whole, watch.before)
        else { return nil }
        let base = slow(watch.before)
        let limits = (whole: 0.01, rest: (0.01 + base.value) / 2)
        let expected = Share(hits: base.hits + 1, of: base.of + 100)
        guard now.isWorse(than: (base, expected), limits, past: watch.past, slow) else { return nil }
        let isLast = after.bucket >= histogram.bounds.count
        return "p99 \(isLast ? "above " : "")\(GuardWords.duration(after.seconds)) \(GuardWords.stretch(now.whole)),"
            + " \(GuardWords.duration(before.seconds)) in the minute before;"
            + " admin.guard.p99 allows \(GuardWords.number(factor)) times that"
    }

    /// How the requests slower than `times` the former p99 are told: those above the next border, for sure. Within that
    /// border's own bucket they are guessed only where the mean rose as much, too: or else an agent whose answers take
    /// 99 ms and then 101 would look twice as slow. Nil where the histogram does not reach so far.
    private func slow(
        than before: (seconds: Double, bucket: Int), times factor: Double, _ now: TrafficSpan, _ earlier: TrafficSpan
    ) -> ((TrafficSpan) -> Share)? {
        let limit = before.seconds * factor
        let histogram = histogram
        guard let bucket = histogram.bounds.firstIndex(where: { $0 >= limit * 0.999_999 }) else { return nil }
        var isGuessed = false
        if let mean = now.mean, let former = earlier.mean {
            isGuessed = bucket > before.bucket && mean > former * factor
        }
        return { span in
            let hits =
                isGuessed
                ? histogram.above(seconds: limit, in: bucket, span.buckets)
                : histogram.above(border: bucket, span.buckets)
            return Share(hits: hits, of: Double(span.buckets.reduce(0, +)))
        }
    }

    /// A sample's buckets without what ended since the change and must have begun before it.
    private mutating func leaveOutOlder(_ sample: TrafficSample) -> [Int] {
        guard let start = watch?.start, sample.time > start else { return sample.buckets }
        let last = records.last { $0.sample.time >= start }?.sample ?? sample
        let age = Double(sample.time - start) / 1e9
        for bucket in sample.buckets.indices.dropFirst(histogram.firstBucket(from: age)) {
            let former = bucket < last.buckets.count ? last.buckets[bucket] : 0
            if bucket < watch?.older.count ?? 0 { watch?.older[bucket] += max(0, sample.buckets[bucket] - former) }
        }
        let older = watch?.older ?? []
        return sample.buckets.enumerated().map { $0.element - ($0.offset < older.count ? older[$0.offset] : 0) }
    }
}
