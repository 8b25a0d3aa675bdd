import Synchronization

/// One agent: its name, how it behaves and what it has done. Shared by all connections on all loops.
final class Agent: Sendable {
    let id: String
    let tally = Tally()
    let slots: Slots
    let sockets = OpenSockets()
    let draws: Draws
    private let state: Mutex<Behaviour>

    init(id: String, behaviour: Behaviour, seed: UInt64 = 0) {
        self.id = id
        self.state = Mutex(behaviour)
        slots = Slots(behaviour.work.slots)
        draws = Draws(seed: seed)
    }

    var behaviour: Behaviour { state.withLock { $0 } }

    func change(_ body: (inout Behaviour) -> Void) {
        let (before, after) = state.withLock { state in
            let before = state
            body(&state)
            return (before, state)
        }
        slots.limit(after.work.slots)
        if before.drain == nil, let drain = after.drain { sockets.close(drain) }
    }
}
