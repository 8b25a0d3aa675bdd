import Balancer
import Glibc

/// Random numbers of a run; the same seed, the same run.
struct Draws {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: StableHash.mix(seed &+ 0x5157)) }

    mutating func below(_ bound: Int) -> Int { random.below(bound) }
    mutating func next() -> UInt64 { random.next() }

    /// Above 0, below 1.
    mutating func unit() -> Double { (Double(random.next() >> 11) + 0.5) * 0x1p-53 }

    /// Times between events that do not know of each other.
    mutating func exponential(mean: Double) -> Double { -mean * log(unit()) }

    /// Service times: most are near the middle, some take several times as long.
    mutating func lognormal(mean: Double, sigma: Double) -> Double {
        let normal = sqrt(-2 * log(unit())) * cos(2 * .pi * unit())
        return mean * exp(sigma * normal - sigma * sigma / 2)
    }
}
