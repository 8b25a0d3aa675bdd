import Glibc
import Synchronization

/// The agent's dice: the same seed draws the same service times for requests in the same order.
final class Draws: Sendable {
    private let state: Mutex<UInt64>

    init(seed: UInt64) {
        state = Mutex(seed)
    }

    /// A draw from the standard normal distribution (Box and Muller).
    func normal() -> Double {
        let (first, second) = state.withLock { ($0.draw(), $0.draw()) }
        return (-2 * log(1 - first)).squareRoot() * cos(2 * .pi * second)
    }
}

extension UInt64 {
    /// The next of a sequence of numbers, 0..<1 (SplitMix64).
    fileprivate mutating func draw() -> Double {
        self &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (self ^ (self >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53
    }
}
