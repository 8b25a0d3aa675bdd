/// The one with the fewest requests for its weight, this one included; of equals the one that had the fewest in the
/// last second, then in turn. Looks at all agents.
package struct LeastConnections: Strategy {
    package static let name = "least-connections"
    package static let spellings = ["least-request", "least-requests"]
    package static let meaning = "the fewest requests in flight for its weight, then in the last second, then in turn"

    private var next: Int
    private var recent: RecentPicks

    package init(_ seats: UnsafeBufferPointer<Seat>, _ settings: LoadBalancingSettings, _ random: inout SplitMix64) {
        next = random.below(max(seats.count, 1))
        recent = RecentPicks(count: seats.count)
    }

    package mutating func choose(_ among: Candidates, _ ask: borrowing Ask, _ random: inout SplitMix64) -> Int? {
        recent.fade(ask.now)
        let index = among.least(from: next) { _, seat in
            Load(seat)
        } orElse: { index, seat in
            Load(requests: recent[index], weight: seat.weight)
        }
        guard let index else { return nil }
        recent.count(index)
        next = index + 1
        return index
    }
}

/// How much each agent was given by this loop, halved every second. What others gave it shows in what is in flight; a
/// count of the last whole second would send all that comes in the next one to whoever had least.
private struct RecentPicks {
    private var picks: [Int]
    private var due = Int64.min

    init(count: Int) { picks = Array(repeating: 0, count: count) }

    subscript(_ index: Int) -> Int { picks[index] }

    mutating func count(_ index: Int) { picks[index] += 1 }

    mutating func fade(_ now: Int64) {
        guard now >= due else { return }
        due = now &+ 1_000_000_000
        for index in picks.indices { picks[index] >>= 1 }
    }
}
