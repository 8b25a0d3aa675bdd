import Synchronization

/// One agent: its name, how it behaves and what it has done. Shared by all connections on all loops.
final class Agent: Sendable {
    let id: String
    let tally = Tally()
    private let state: Mutex<Behaviour>

    init(id: String, behaviour: Behaviour) {
        self.id = id
        self.state = Mutex(behaviour)
    }

    var behaviour: Behaviour { state.withLock { $0 } }

    func change(_ body: (inout Behaviour) -> Void) {
        state.withLock { body(&$0) }
    }
}
