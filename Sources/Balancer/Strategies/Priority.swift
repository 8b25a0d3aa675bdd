/// By levels: agents of the least `priority` serve first, and what a level cannot carry spills over to the next.
///
/// A level is good for 1.4 times the share of it that can serve, so that it spills over only once more than 28 % of it
/// are out, and then little by little (Envoy's priority levels). Within a level: least connections. Looks at all
/// agents.
package struct Priority: Strategy {
    package static let name = "priority"
    package static let spellings = ["failover"]
    package static let meaning = "the agents of least `priority`; the next level takes what is over once 29 % are out"

    private static let overprovision = 1.4

    /// Of each agent, from 0 on without gaps.
    private let levels: [Int32]
    private let count: Int
    private var next: Int
    /// Of each level, while choosing: agents, and those of them that can serve.
    private var members: [Int]
    private var usable: [Int]

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        let priorities = Set(seats.map(\.priority)).sorted()
        let ranks = Dictionary(uniqueKeysWithValues: zip(priorities, Int32(0)...))
        levels = seats.map { ranks[$0.priority] ?? 0 }
        count = priorities.count
        members = Array(repeating: 0, count: count)
        usable = members
        next = random.below(max(seats.count, 1))
    }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        guard count > 1 else { return take(among.leastLoaded(from: next)) }
        tally(among, ask)
        let drawn = draw(&random)
        // Where all of a level have been tried, the next one is asked, and at the end those above.
        for level in [drawn..<count, 0..<drawn].joined() {
            if let index = leastLoaded(among, level: Int32(level)) { return take(index) }
        }
        return nil
    }

    private mutating func take(_ index: Int?) -> Int? {
        if let index { next = index + 1 }
        return index
    }

    /// Who was tried is not for that one who cannot serve.
    private mutating func tally(_ among: Candidates, _ ask: borrowing Ask) {
        for level in 0..<count {
            members[level] = 0
            usable[level] = 0
        }
        for index in 0..<among.count where among[index].weight > 0 {
            let level = Int(levels[index])
            members[level] += 1
            let wasTried = ask.tried.contains(index)
            if wasTried || among.isUsable(index) { usable[level] += 1 }
        }
    }

    /// A level, by what each is good for. Where all together are not good for everything, each carries more alike.
    private func draw(_ random: inout SplitMix64) -> Int {
        var sum = 0.0
        for level in 0..<count { sum += health(level) }
        guard sum > 0 else { return 0 }
        var left = Double(random.next() >> 11) * 0x1p-53 * min(sum, 1)
        for level in 0..<count {
            left -= health(level)
            if left < 0 { return level }
        }
        return count - 1
    }

    private func health(_ level: Int) -> Double {
        members[level] == 0 ? 0 : min(1, Priority.overprovision * Double(usable[level]) / Double(members[level]))
    }

    private func leastLoaded(_ among: Candidates, level: Int32) -> Int? {
        var best = Load.most
        var chosen: Int?
        among.eachUsable(from: next) { index in
            if levels[index] == level, Load(among[index]) < best {
                best = Load(among[index])
                chosen = index
            }
        }
        return chosen
    }
}
