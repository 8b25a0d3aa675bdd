internal import NIOCore
internal import NIOHTTP2
internal import Synchronization

/// A loop's part in noticing that there is too much, and in having less.
extension Loop {
    /// How long a connection is left alone after its last answer, or its beginning: nanoseconds.
    static let idlePatience: Int64 = 1_000_000_000

    /// Once a tick.
    func watchOverload(sinceLast: Int64) {
        let overload = process.overload
        overload.pulse(of: index, now: now, lag: max(0, sinceLast &- Overload.tick))
        if index == 0 { overload.look(process, now: now) }
        let ebbs = overload.ebbs.load(ordering: .relaxed)
        if self.ebbs != ebbs {
            self.ebbs = ebbs
            dropSpares()
        }
        lookAtGates()
        guard overload.closesIdle else { return }
        idleLooks += 1
        if idleLooks % 5 == 0 { closeIdleClients() }
    }

    /// Closes connections on which nobody asks anything: a quarter of all at most, the oldest first. Who meets the end of
    /// a kept connection asks again (RFC 9112 9.3.1).
    private func closeIdleClients() {
        var idle: [any IdleClient] = handshakes.values.filter { $0.isIdle(for: Self.idlePatience, now) }
        for client in clients.values where client.isIdle(for: Self.idlePatience, now) { idle.append(client) }
        let most = max(16, (clients.count + handshakes.count) / 4)
        let oldest = idle.count <= most ? idle : Array(idle.sorted { $0.idleSince < $1.idleSince }.prefix(most))
        for client in oldest { client.closeIdle() }
        if !oldest.isEmpty { process.overload.idleClosed.wrappingAdd(oldest.count, ordering: .relaxed) }
    }
}

/// A client's connection that may be closed where there is too much, while nobody asks anything on it.
protocol IdleClient: AnyObject {
    /// When its last answer ended, or it began.
    var idleSince: Int64 { get }
    func isIdle(for time: Int64, _ now: Int64) -> Bool
    func closeIdle()
}

extension ClientConnection {
    func isIdle(for time: Int64, _ now: Int64) -> Bool {
        phase == .head && exchange == nil && client.door.isPublic && now &- idleSince >= time
            && UnsentBytes.count(of: context) == 0
    }

    func closeIdle() { close() }
}
