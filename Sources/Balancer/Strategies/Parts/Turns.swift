/// Whose turn it is, by weight, in O(log n): each agent is due again one over its weight after it was last, and who is
/// due first is next (stride scheduling: Waldspurger, Weihl, 1995; Envoy and gRPC say earliest deadline first).
///
/// Over any stretch of turns each agent gets its share give or take one turn of its own and one of each that is due at
/// the same moment. Times are turns of a pool of agents of mean weight; they only ever grow.
struct Turns {
    /// An agent that cannot serve loses its turn. After so many of them in a row it is cheaper to look at those that
    /// can.
    private static let mostSkipped = 16

    /// Agents, who is due first on top.
    private var heap: [Int32]
    /// Where in the heap each agent is.
    private var places: [Int32]
    private var due: [Double]
    /// From one turn to the next; infinite for weight 0.
    private var strides: [Double]
    /// When the last turn was due.
    private var now = 0.0

    /// Everyone begins somewhere on the way to the first turn, so that loops do not begin alike and equal agents mix.
    init(count: Int, _ random: inout SplitMix64) {
        heap = (0..<Int32(count)).map { $0 }
        places = heap
        due = (0..<count).map { _ in (Double(random.next() >> 11) + 0.5) * 0x1p-53 }
        strides = Array(repeating: 1, count: count)
    }

    /// Takes weights: what is left until each agent's turn is stretched as its weight says. Allocates nothing.
    mutating func weigh(_ weight: (Int) -> Double) {
        var sum = 0.0
        for index in strides.indices { sum += max(weight(index), 0) }
        let mean = sum / Double(max(strides.count, 1))
        for index in strides.indices {
            let own = weight(index)
            let stride = own > 0 && mean > 0 ? mean / own : .infinity
            let left = due[index] - now
            // Whoever had no weight before has a whole turn to wait.
            due[index] = now + (left.isFinite && strides[index].isFinite ? left * (stride / strides[index]) : stride)
            strides[index] = stride
        }
        var place = heap.count / 2
        while place > 0 {
            place -= 1
            sink(place)
        }
    }

    mutating func next(_ among: Candidates) -> Int? {
        guard !heap.isEmpty else { return nil }
        for _ in 0..<min(Turns.mostSkipped, heap.count) {
            let index = Int(heap[0])
            let isUsable = among.isUsable(index)
            if isUsable { now = max(now, due[index]) }
            // Whoever was out is not owed the turns of that time.
            due[index] = max(due[index], now) + strides[index]
            sink(0)
            if isUsable { return index }
        }
        return nextOfFew(among)
    }

    private mutating func nextOfFew(_ among: Candidates) -> Int? {
        var least = Double.infinity
        var chosen: Int?
        var index = among.first(from: 0, to: among.count)
        while let here = index {
            if due[here] < least || chosen == nil {
                least = due[here]
                chosen = here
            }
            index = among.first(from: here + 1, to: among.count)
        }
        guard let chosen else { return nil }
        now = max(now, least)
        due[chosen] = max(due[chosen], now) + strides[chosen]
        sink(Int(places[chosen]))
        return chosen
    }

    /// Of whoever is at `place`, whose turn has moved back.
    private mutating func sink(_ place: Int) {
        var place = place
        let moved = heap[place]
        let key = due[Int(moved)]
        let count = heap.count
        while true {
            var child = 2 * place + 1
            guard child < count else { break }
            if child + 1 < count, due[Int(heap[child + 1])] < due[Int(heap[child])] { child += 1 }
            let other = heap[child]
            guard due[Int(other)] < key else { break }
            heap[place] = other
            places[Int(other)] = Int32(place)
            place = child
        }
        heap[place] = moved
        places[Int(moved)] = Int32(place)
    }
}
