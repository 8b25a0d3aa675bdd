import Balancer
import Glibc
import Proxy

/// Traffic as a guard sees it: the counters of requests that end by chance (Poisson), with durations spread evenly on a
/// logarithmic scale, failures by chance, and what a machine adds to that. The same seed gives the same traffic.
struct TrafficSimulation {
    static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

    /// A second, and the share of requests that fail.
    var rate: Double
    var failing: Double
    /// Seconds: durations are between these.
    var fastest: Double
    var slowest: Double
    /// How much rate, failures and durations wander (standard deviation of the logarithm).
    var drift = 0.0
    /// Chance of a second in which one of three agents goes away for one step, and of one in which everything stands
    /// still for up to 150 ms.
    var accidents = 0.0

    private(set) var sample: TrafficSample
    private var random: SplitMix64
    private var spare: Double?
    private var wander = (rate: 0.0, failing: 0.0, time: 0.0)

    init(seed: UInt64, rate: Double, failing: Double = 0.001, fastest: Double = 0.006, slowest: Double = 0.04) {
        self.rate = rate
        self.failing = failing
        self.fastest = fastest
        self.slowest = slowest
        random = SplitMix64(seed: seed)
        let buckets = [Int](repeating: 0, count: Self.bounds.count + 1)
        sample = TrafficSample(time: 1_000_000_000_000, requests: 0, failures: 0, buckets: buckets)
    }

    /// Another seed's choice of everything.
    static func any(seed: UInt64) -> TrafficSimulation {
        var random = SplitMix64(seed: seed)
        let rate = exp(Double.random(in: log(0.5)...log(3000), using: &random))
        let failing = Double.random(in: 0...0.05, using: &random)
        let fastest = exp(Double.random(in: log(0.001)...log(0.5), using: &random))
        let spread = exp(Double.random(in: log(1.05)...log(100), using: &random))
        var traffic = TrafficSimulation(
            seed: random.next(), rate: rate, failing: failing, fastest: fastest, slowest: fastest * spread)
        traffic.drift = 0.1
        return traffic
    }

    /// Goes on for so many seconds, and gives the counters.
    mutating func step(_ seconds: Double) -> TrafficSample {
        if drift > 0 { wanderOn(seconds) }
        let time = exp(wander.time)
        let stall = unit() < accidents * seconds ? 0.15 * unit() : 0
        let gone = unit() < accidents * seconds ? min(1, 0.2 / seconds) / 3 : 0
        let mean = rate * seconds * exp(wander.rate)
        var below = 0.0
        var ended = 0
        for bucket in sample.buckets.indices {
            let share = bucket < Self.bounds.count ? self.share(within: Self.bounds[bucket], time, stall) : 1
            let count = share > below ? poisson(mean * (share - below)) : 0
            sample.buckets[bucket] += count
            ended += count
            below = max(below, share)
        }
        sample.requests += ended
        sample.failures += some(of: ended, min(1, failing * exp(wander.failing) + gone))
        sample.nanoseconds += Int(
            Double(ended) * 1e9 * (stall / 2 + time * (slowest - fastest) / log(slowest / fastest)))
        sample.time += Int64(seconds * 1e9)
        return sample
    }

    private func share(within bound: Double, _ time: Double, _ stall: Double) -> Double {
        let bound = (bound - stall / 2) / time
        if bound <= fastest { return 0 }
        return bound >= slowest ? 1 : log(bound / fastest) / log(slowest / fastest)
    }

    /// Back to the middle within ten seconds or so.
    private mutating func wanderOn(_ seconds: Double) {
        let pull = seconds / 10
        let push = drift * (2 * pull).squareRoot()
        wander.rate += push * gauss() - wander.rate * pull
        wander.failing += push * gauss() - wander.failing * pull
        wander.time += push * gauss() - wander.time * pull
    }

    private mutating func unit() -> Double { Double(random.next() >> 11) * 0x1p-53 }

    /// Box and Muller's two, one after the other.
    private mutating func gauss() -> Double {
        if let spare {
            self.spare = nil
            return spare
        }
        let length = (-2 * log(1 - unit())).squareRoot()
        let angle = 2 * Double.pi * unit()
        spare = length * sin(angle)
        return length * cos(angle)
    }

    private mutating func some(of count: Int, _ share: Double) -> Int {
        let mean = Double(count) * share
        if mean <= 12 { return min(count, poisson(mean)) }
        return min(count, max(0, Int((mean + (mean * (1 - share)).squareRoot() * gauss()).rounded())))
    }

    private mutating func poisson(_ mean: Double) -> Int {
        if mean <= 0 { return 0 }
        if mean > 12 { return max(0, Int((mean + mean.squareRoot() * gauss()).rounded())) }
        let limit = exp(-mean)
        var product = unit()
        var count = 0
        while product > limit {
            product *= unit()
            count += 1
        }
        return count
    }
}
