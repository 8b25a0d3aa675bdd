/// Draws agents by weight in constant time (Walker, 1977; built as Vose, 1991): each place holds two agents, and a coin
/// of its own decides between them.
struct AliasTable {
    /// The coin's chance of the place's own agent, as a share of 2^32.
    private var chances: [UInt64]
    private var others: [Int32]
    /// Room for building: weights scaled to a mean of 1, and places that have too little or too much, from both ends.
    private var scaled: [Double]
    private var stack: [Int32]
    private(set) var isEmpty = true

    init(count: Int) {
        chances = Array(repeating: 0, count: count)
        others = Array(repeating: 0, count: count)
        scaled = Array(repeating: 0, count: count)
        stack = Array(repeating: 0, count: count)
    }

    /// Allocates nothing. Agents of weight 0 are never drawn.
    mutating func build(_ weights: UnsafeBufferPointer<Seat>) {
        let count = chances.count
        let sum = weights.reduce(0.0) { $0 + Double(max($1.weight, 0)) }
        isEmpty = sum <= 0
        guard !isEmpty else { return }
        var poor = 0
        var rich = count
        for index in 0..<count {
            scaled[index] = Double(max(weights[index].weight, 0)) * Double(count) / sum
            if scaled[index] < 1 {
                stack[poor] = Int32(index)
                poor += 1
            } else {
                rich -= 1
                stack[rich] = Int32(index)
            }
        }
        // Each turn settles one place. A rich one that has become poor takes the room of the poor one that is settled.
        while poor > 0, rich < count {
            let needy = Int(stack[poor - 1])
            let giver = Int(stack[rich])
            settle(needy, with: giver)
            scaled[giver] -= 1 - scaled[needy]
            if scaled[giver] < 1 {
                stack[poor - 1] = Int32(giver)
                rich += 1
            } else {
                poor -= 1
            }
        }
        // What is left differs from 1 by rounding alone.
        while poor > 0 {
            poor -= 1
            fill(Int(stack[poor]), weights)
        }
        while rich < count {
            fill(Int(stack[rich]), weights)
            rich += 1
        }
    }

    @inline(__always)
    func draw(_ random: inout SplitMix64) -> Int {
        // The product's high half is the place, the rest of it as good as independent of that: 32 bits make the coin.
        let drawn = random.next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: chances.count))
        let place = Int(truncatingIfNeeded: drawn.high)
        return drawn.low >> 32 < chances[place] ? place : Int(others[place])
    }

    private mutating func settle(_ place: Int, with other: Int) {
        chances[place] = UInt64(scaled[place] * 0x1p32)
        others[place] = Int32(other)
    }

    private mutating func fill(_ place: Int, _ weights: UnsafeBufferPointer<Seat>) {
        chances[place] = weights[place].weight > 0 ? 1 << 32 : 0
        others[place] = Int32(weights.firstIndex { $0.weight > 0 } ?? place)
    }
}
