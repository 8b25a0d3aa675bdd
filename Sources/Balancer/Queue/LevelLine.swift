/// Those who wait at one level: client by client in rounds, and the nearest deadline first within a round.
///
/// A client has one turn in each round, however many of its requests wait; its turn goes to the one whose deadline is
/// nearest. Who comes while a round is under way is in the next one, so a round ends after as many turns as it had
/// clients when it began, and nobody is passed over for longer than that. With equal waits, deadlines come in the order
/// of arrival, and a level whose requests are all of different clients is served in that order.
struct LevelLine: Sendable {
    /// When a request has to be served; of equals the one that came first.
    struct Due: Comparable, Sendable {
        /// Monotonic nanoseconds; `.max` is none.
        var deadline: Int64
        var ticket: UInt64

        static func < (a: Due, b: Due) -> Bool { (a.deadline, a.ticket) < (b.deadline, b.ticket) }
    }

    private struct Turn: Comparable, Sendable {
        var round: Int
        var due: Due

        static func < (a: Turn, b: Turn) -> Bool { a.round == b.round ? a.due < b.due : a.round < b.round }
    }

    /// The round of the turn that was taken last.
    private var round = 0
    private var turns = IndexedHeap<Turn, UInt64>()
    private var requests: [UInt64: IndexedHeap<Due, UInt64>] = [:]
    private(set) var count = 0

    /// Clients that wait.
    var clients: Int { turns.count }

    /// Who is served next.
    var first: UInt64? { turns.first?.key.due.ticket }

    /// - Parameter back: the round that a request had been served in, when it comes back without having got a place.
    mutating func add(_ due: Due, client: UInt64, back: Int? = nil) {
        count += 1
        requests[client, default: IndexedHeap()].put(due.ticket, due)
        let known = turns.key(of: client)?.round
        let own = back ?? (turns.isEmpty ? round : round + 1)
        settle(client, round: known.map { min($0, back ?? $0) } ?? own)
    }

    /// Takes out who is next, and tells the round that it was served in.
    mutating func take() -> (ticket: UInt64, round: Int)? {
        guard let (turn, client) = turns.first else { return nil }
        round = turn.round
        count -= 1
        requests[client]?.remove(turn.due.ticket)
        settle(client, round: turn.round + 1)
        return (turn.due.ticket, turn.round)
    }

    mutating func remove(_ ticket: UInt64, client: UInt64) {
        guard requests[client]?.remove(ticket) == true else { return }
        count -= 1
        settle(client, round: turns.key(of: client)?.round ?? round)
    }

    /// The client's turn is that of its most pressing request; without a request it has none.
    private mutating func settle(_ client: UInt64, round: Int) {
        if let due = requests[client]?.first?.key {
            turns.put(client, Turn(round: round, due: due))
        } else {
            requests[client] = nil
            turns.remove(client)
        }
    }
}
