/// Steele, Lea and Flood's SplitMix64 (2014): the generator whose numbers put rows into order, the same everywhere.
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// 0..<count in an order that the seed decides: Fisher and Yates from the end, index `next() % (i + 1)`.
    static func order(of count: Int, seed: UInt64) -> [Int] {
        var order = Array(0..<count)
        var numbers = SplitMix64(seed: seed)
        for index in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(index, Int(numbers.next() % UInt64(index + 1)))
        }
        return order
    }
}
