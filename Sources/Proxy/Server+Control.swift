internal import Logging
internal import NIOCore
package import Settings

/// The proxy under its operators' hands: started from the configuration's files, following them, answering for them.
extension Server {
    /// Starts what the configuration asks for, and follows its files from then on. A change for all replicas that was
    /// open when this process ended is settled first. Throws a `ListenFailure` or a `ControlFailure` where something
    /// cannot be had; nothing is left running then.
    package static func start(
        _ loaded: Configuration<GatewaySettings>, from source: ConfigSource, sink: LogSink
    ) async throws -> Server {
        let log = Logger(label: "clawproxy") { JSONLogHandler(label: $0, sink: sink) }
        let madeToken = try makeToken(loaded.root.admin, source)
        let configurator = Configurator(source, loaded, log: log, madeToken: madeToken)
        let member = await makeMember(configurator, log)
        if let open = await configurator.pendingTransaction {
            _ = await member.recover(open.transaction, members: open.peers)
        }
        let settings = await configurator.settingsToRun
        if settings.logging != loaded.root.logging { sink.configure(settings.logging) }
        // changes that come before everything is there wait for it
        await configurator.lock()
        let secret = serverSecret(loaded.root, source, log)
        let server = try await start(settings, sink: sink) { server in
            // before anybody can connect: names and signatures made with another one are lost
            server.process.sign(with: secret)
            server.control = configurator
            server.process.open(Desk(configurator: configurator, server: server, member: member))
        }
        await server.follow(configurator)
        if madeToken == nil, loaded.root.admin.token == nil {
            log.warning(
                "no admin token: HOME is not set or not writable; every change is refused until admin.token is set")
        }
        return server
    }

    /// The token that changes need, where the configuration gives none. Beyond this machine one must be given.
    private static func makeToken(_ admin: AdminSettings, _ source: ConfigSource) throws -> String? {
        if admin.token != nil { return nil }
        if !admin.listen.isLocal {
            throw ControlFailure.invalid(
                "admin.listen \(admin.listen.spelling) can be reached from other machines and admin.token is not set; set it, or listen on 127.0.0.1 or a unix: socket"
            )
        }
        guard let home = source.home else { return nil }
        return try? AdminToken.loadOrMake(home: home)
    }

    /// What cookies are signed with: the same at the next start, and on every replica that shares it.
    private static func serverSecret(_ settings: GatewaySettings, _ source: ConfigSource, _ log: Logger) -> [UInt8] {
        if let given = settings.secrets.hmac { return Array(given.value.utf8) }
        let needed = settings.usesSecret
        do throws(AdminTokenFailure) {
            return Array(try AdminToken.loadOrMake(.server, home: source.home ?? "").utf8)
        } catch {
            if needed { log.warning("\(error); until then cookies, and entries of the cache in files and in Redis, are forgotten at the next start") }
            return (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        }
    }

    private static func makeMember(_ configurator: Configurator, _ log: Logger) async -> ReplicaMember {
        let listen = await configurator.applied.configuration.root.admin.listen
        let folder = await configurator.history?.folder ?? ""
        return ReplicaMember(
            configurator, ReplicaRecordFile(in: folder, listen: listen), ReplicaCalls { await configurator.token },
            log: log)
    }

    private func follow(_ configurator: Configurator) async {
        await configurator.begin(self)
        await configurator.unlock()
        let watch = FileWatch(await configurator.watchedPaths) { _ in _ = await configurator.reload(.file) }
        self.watch = watch
    }

    /// As `SIGHUP` asks: log files are opened anew, and the configuration is read again.
    package func hangUp() async {
        process.sink.reopen()
        _ = await control?.reload(.signal)
    }

    /// Answers a question about the running proxy.
    func tell(_ method: String, _ params: Node, _ configurator: Configurator) async throws(ControlFailure) -> Node {
        switch method {
        case "explain.request":
            let loaded = await configurator.applied.configuration
            return try ExplainRequest.payload(params, generation: process.generation) { index in
                let routing = loaded.tree["routing"]
                if index < 0 { return routing?["default"]?.position.text }
                let rules = routing?["rules"]?.elements ?? []
                return rules.indices.contains(index) ? rules[index].position.text : nil
            }
        case "status":
            try Parameters(params, of: method).end()
            return await Status.payload(process: process, facts: await statusFacts(configurator))
        case "doctor":
            try Parameters(params, of: method).end()
            let findings = await Doctor.findings(process: process, facts: await configurator.doctorFacts())
            return .object([("findings", .list(findings.map(\.node)))])
        default:
            try Parameters(params, of: method).end()
            return Configurator.json(process.agentsPage())
        }
    }
}

extension ListenAddress {
    /// Whether only this machine reaches it.
    package var isLocal: Bool {
        guard case .tcp(let host, _) = self else { return true }
        return host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
