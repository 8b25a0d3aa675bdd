import Synchronization

/// What an agent has seen and done, for `GET /stats`: tests read from it what a proxy in front really sent.
final class Tally: Sendable {
    /// Since the start.
    let accepted = Atomic<Int>(0)
    let requests = Atomic<Int>(0)
    let injectedErrors = Atomic<Int>(0)
    /// Requests whose client went away before the answer was complete.
    let aborted = Atomic<Int>(0)
    let upgrades = Atomic<Int>(0)
    /// Right now.
    let connections = Atomic<Int>(0)
    let active = Atomic<Int>(0)
    let tunnels = Atomic<Int>(0)

    func json(_ load: (busy: Int, waiting: Int)) -> JSON {
        [
            "connections": .int(connections.load(ordering: .relaxed)),
            "active": .int(active.load(ordering: .relaxed)),
            "busy": .int(load.busy),
            "waiting": .int(load.waiting),
            "tunnels": .int(tunnels.load(ordering: .relaxed)),
            "accepted": .int(accepted.load(ordering: .relaxed)),
            "requests": .int(requests.load(ordering: .relaxed)),
            "upgrades": .int(upgrades.load(ordering: .relaxed)),
            "aborted": .int(aborted.load(ordering: .relaxed)),
            "injectedErrors": .int(injectedErrors.load(ordering: .relaxed)),
        ]
    }
}

extension Atomic where Value == Int {
    func count(_ change: Int = 1) {
        wrappingAdd(change, ordering: .relaxed)
    }
}
