import Synchronization

/// The WebSockets of an agent that are open, so that all can be told of a restart.
final class OpenSockets: Sendable {
    /// Tells one client how long the restart takes, and closes.
    typealias Farewell = @Sendable (Span) -> Void

    private let open = Mutex<[ObjectIdentifier: Farewell]>([:])

    func add(_ session: WebSocketSession, _ farewell: @escaping Farewell) {
        let key = ObjectIdentifier(session)
        open.withLock { $0[key] = farewell }
    }

    func remove(_ session: WebSocketSession) {
        let key = ObjectIdentifier(session)
        _ = open.withLock { $0.removeValue(forKey: key) }
    }

    func close(_ restart: Span) {
        for farewell in open.withLock({ Array($0.values) }) { farewell(restart) }
    }
}
