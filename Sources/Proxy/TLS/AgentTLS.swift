internal import Balancer
internal import Logging
internal import NIOPosix
internal import Settings
internal import Synchronization

/// TLS towards agents: one context for each way of knowing them. They outlive generations, so that sessions do, and are
/// made anew when one of their files has changed; a file that cannot be used then leaves what was.
final class AgentTLS: Sendable {
    private struct Entry {
        var context: Result<TLSClientContext, TLSFailure>
        var signatures: [FileSignature?]
        /// Monotonic nanoseconds.
        var looked: Int64
    }

    private struct Complaint {
        var failure: TLSFailure
        var told: Int64
    }

    /// How long files are taken to be as they were.
    private static let lookEvery: Int64 = 10_000_000_000
    private static let tellEvery: Int64 = 60_000_000_000
    private static let mostEntries = 256

    private let log: Logger
    private let entries = Mutex<[TLSClientOptions: Entry]>([:])
    private let complaints = Mutex<[String: Complaint]>([:])

    init(_ log: Logger) { self.log = log }

    /// A session with an agent that is about to be dialled.
    func session(
        _ agent: Agent, _ settings: AgentTLSSettings, protocols: [String] = ["http/1.1"]
    ) throws(TLSFailure) -> TLSSession {
        var options = TLSClientOptions(settings)
        options.protocols = protocols
        let context = try context(options)
        return try TLSSession(
            client: context, name: agent.endpoint.tlsName(settings), peer: agent.endpoint.authority)
    }

    /// Blocks a moment where nobody has `prepare`d it.
    func context(_ options: TLSClientOptions) throws(TLSFailure) -> TLSClientContext {
        let now = Loop.monotonic()
        let known = entries.withLock { entries -> (Entry, isDue: Bool)? in
            guard let entry = entries[options] else { return nil }
            let isDue = now - entry.looked > Self.lookEvery
            if isDue { entries[options]?.looked = now }
            return (entry, isDue)
        }
        guard let (entry, isDue) = known else { return try look(options).get() }
        if isDue { NIOThreadPool.singleton.submit { _ in _ = self.look(options) } }
        return try entry.context.get()
    }

    /// Makes ready what the agents of a generation need. Reads files: never on a loop.
    func prepare(_ settings: AgentsSettings, _ agents: some Sequence<Agent>) {
        let all = Set(agents.lazy.filter(\.endpoint.isTLS).map { $0.tlsOptions(settings) })
        for options in all { _ = look(options) }
        entries.withLock { entries in
            if entries.count > Self.mostEntries { entries = entries.filter { all.contains($0.key) } }
        }
    }

    /// Reads the files where they are not as they were.
    private func look(_ options: TLSClientOptions) -> Result<TLSClientContext, TLSFailure> {
        let signatures = options.files.map { FileSignature(path: $0) }
        let now = Loop.monotonic()
        let known = entries.withLock { $0[options] }
        if let known, known.signatures == signatures {
            entries.withLock { $0[options]?.looked = now }
            return known.context
        }
        var made = Result { () throws(TLSFailure) in try TLSClientContext(options) }
        if case .failure(let failure) = made, let known, case .success = known.context {
            log.warning(
                "a file of TLS has changed and cannot be used; what it held before stays in use",
                metadata: ["reason": "\(failure)"])
            made = known.context
        }
        entries.withLock { $0[options] = Entry(context: made, signatures: signatures, looked: now) }
        return made
    }

    // MARK: complaints

    /// Logs why there is no TLS with an agent: once a minute for the same reason.
    func complain(_ agent: Agent, _ failure: TLSFailure) {
        let now = Loop.monotonic()
        let isNew = complaints.withLock { complaints in
            if let last = complaints[agent.id], last.failure == failure, now - last.told < Self.tellEvery {
                return false
            }
            if complaints.count > 10_000 { complaints = [:] }
            complaints[agent.id] = Complaint(failure: failure, told: now)
            return true
        }
        guard isNew else { return }
        log.warning(
            "no TLS with an agent",
            metadata: [
                "agent": "\(agent.id)", "endpoint": "\(agent.endpoint.spelling)", "reason": "\(failure.what)",
                "hint": "\(failure.hint)",
            ])
    }
}

extension Agent {
    /// How it is known: its own `tls` over that of all agents.
    func tls(_ settings: AgentsSettings) -> AgentTLSSettings { self.settings.tls.over(settings.tls) }

    func tlsOptions(_ settings: AgentsSettings) -> TLSClientOptions {
        var options = TLSClientOptions(tls(settings))
        if self.protocol == .http2 { options.protocols = ["h2"] }
        return options
    }
}

extension Endpoint {
    /// Whom its certificate must name.
    func tlsName(_ settings: AgentTLSSettings) -> TLSPeerName {
        if let name = settings.serverName { return TLSPeerName(name) }
        guard case .tcp(let host, _) = address else { return .host("localhost") }
        return TLSPeerName(host)
    }
}
