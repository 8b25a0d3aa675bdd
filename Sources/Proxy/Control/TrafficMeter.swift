internal import NIOCore
internal import Settings
internal import Telemetry

/// Holds the traffic of the last minute against that after a change, while one is watched.
struct TrafficMeter: Sendable {
    private var machine: ChangeGuard

    init(bounds: [Double]) { machine = ChangeGuard(bounds: bounds) }

    mutating func add(_ sample: TrafficSample) { machine.add(sample) }

    mutating func watch(_ objective: GuardSettings) { machine.begin(objective, at: Loop.monotonic()) }

    mutating func stop() { machine.end() }

    /// Nil while all is well or nobody watches; else what got worse, in words with figures.
    func verdict(at now: Int64) -> String? { machine.verdict(at: now) }
}

extension Configurator {
    func sample() async {
        guard let runner else { return }
        let sample = await runner.traffic()
        meter.add(sample)
        recent.add(await runner.figures(), at: sample.time)
    }
}

extension Server {
    func traffic() async -> TrafficSample {
        let generation = process.generation
        let own: Set<Int> = [generation.healthLabel, generation.metricsLabel, generation.adminLabel]
        let kinds: [Failure.Kind] = [.notFound, .unauthorized, .forbidden, .encodedPath, .requestTooLarge]
        let refusals = kinds.map(\.index)
        var sample = TrafficSample(time: Loop.monotonic(), requests: 0, failures: 0, buckets: [])
        for loop in process.loops {
            let totals = try? await loop.eventLoop.submit { loop.counters.totals(without: own, refusals: refusals) }
                .get()
            guard let totals else { continue }
            sample.requests += totals.requests
            sample.failures += totals.failures
            sample.nanoseconds += totals.nanoseconds
            if sample.buckets.isEmpty {
                sample.buckets = totals.buckets
            } else {
                for (index, count) in totals.buckets.enumerated() { sample.buckets[index] += count }
            }
        }
        sample.time = Loop.monotonic()
        return sample
    }
}
