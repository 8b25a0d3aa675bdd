import NIOCore
import Synchronization

/// The places at which an agent works. Whoever finds none free waits; who came first is first.
final class Slots: Sendable {
    /// What a request holds from `enter` to `leave`, be it a place or a wait for one.
    struct Ticket: Equatable {
        fileprivate var number: Int
    }

    private struct Waiter {
        var ticket: Ticket
        /// Called once the place is there; by whichever thread gave it back.
        var begin: @Sendable () -> Void
    }

    private struct State {
        var limit: Int
        var busy = 0
        var waiting = CircularBuffer<Waiter>()
        var last = 0

        var hasPlace: Bool { limit == 0 || busy < limit }

        mutating func admitted() -> [Waiter] {
            var admitted: [Waiter] = []
            while hasPlace, let next = waiting.popFirst() {
                busy += 1
                admitted.append(next)
            }
            return admitted
        }
    }

    private let state: Mutex<State>

    /// 0: no limit.
    init(_ limit: Int) {
        state = Mutex(State(limit: limit))
    }

    /// Requests that are worked on, and those that wait.
    var load: (busy: Int, waiting: Int) { state.withLock { ($0.busy, $0.waiting.count) } }

    /// A place, and whether it is free already; if not, `begin` is called when it is.
    func enter(_ begin: @escaping @Sendable () -> Void) -> (Ticket, isFree: Bool) {
        state.withLock { state in
            state.last += 1
            let ticket = Ticket(number: state.last)
            let isFree = state.hasPlace
            if isFree { state.busy += 1 } else { state.waiting.append(Waiter(ticket: ticket, begin: begin)) }
            return (ticket, isFree)
        }
    }

    /// The end of the work, or of the wait.
    func leave(_ ticket: Ticket) {
        admit { state in
            if let place = state.waiting.firstIndex(where: { $0.ticket == ticket }) {
                state.waiting.remove(at: place)
            } else {
                state.busy -= 1
            }
        }
    }

    func limit(_ limit: Int) {
        admit { $0.limit = limit }
    }

    private func admit(after change: (inout State) -> Void) {
        let admitted = state.withLock { state in
            change(&state)
            return state.admitted()
        }
        for waiter in admitted { waiter.begin() }
    }
}
