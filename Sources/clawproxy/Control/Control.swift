internal import ArgumentParser
internal import Proxy
internal import Settings

/// The way to the proxy: its admin listener where one answers, and for some commands the files where none does.
struct Control {
    /// What came back, and whether it is the running proxy that says so.
    struct Answer {
        var payload: Node
        var isOffline = false
    }

    /// What happens where no proxy answers.
    enum Instead {
        /// The command needs one.
        case nothing
        /// The files say enough; a line on standard error tells that they do.
        case files
        /// The same, and the command finds its own words for it.
        case silentFiles
    }

    let source: ConfigSource
    let configuration: Configuration<GatewaySettings>
    let address: ListenAddress
    let token: AdminTokenFound
    /// The listener was given, not found in the configuration.
    let isNamed: Bool

    init(_ options: AdminOptions) throws {
        source = options.configuration.source
        configuration = source.load()
        token = AdminTokenFound(options, configuration.root.admin, home: source.home)
        isNamed = options.admin != nil
        guard let admin = options.admin else {
            address = Self.reachable(configuration.root.admin.listen)
            return
        }
        guard let named = ListenAddress(admin) else {
            complain("--admin \(admin): expected HOST:PORT, [IPV6]:PORT or unix:/path")
            throw ExitCode(1)
        }
        address = Self.reachable(named)
    }

    /// A listener on every address is reached on the loopback one.
    private static func reachable(_ address: ListenAddress) -> ListenAddress {
        guard case .tcp(let host, let port) = address else { return address }
        switch host {
        case "", "0.0.0.0": return .tcp(host: "127.0.0.1", port: port)
        case "::": return .tcp(host: "::1", port: port)
        default: return address
        }
    }

    // MARK: asking

    /// Asks, and tells a failure to the user: what is thrown needs no more words.
    func call(
        _ method: String, _ params: [(String, Node)] = [], instead: Instead = .nothing, hints: [String] = []
    ) async throws(ExitCode) -> Answer {
        do throws(RPCFailure) {
            return try await attempt(method, params, instead: instead)
        } catch {
            for line in Refusal(error, self, hints: hints).lines { complain(line) }
            throw ExitCode(1)
        }
    }

    /// The same for callers that look at the failure themselves.
    func attempt(
        _ method: String, _ params: [(String, Node)] = [], instead: Instead = .nothing
    ) async throws(RPCFailure) -> Answer {
        do throws(RPCFailure) {
            // a token is shown to nobody who need not see it: anyone may sit at the address while no proxy runs
            let params = Node.object(params)
            let isNeeded = AdminMethods.needToken(method, params) || !address.isLocal
            return Answer(
                payload: try await RPCClient(address, token: isNeeded ? token.text : nil).call(method, params))
        } catch .unreachable(let reason) {
            // who names a listener means the proxy there, and not the files here
            if isNamed { throw .unreachable(reason) }
            if case .nothing = instead { throw .unreachable(reason) }
        }
        let answer = try await files(method, params)
        if case .files = instead { complain("no proxy answers at \(address.spelling); shown from the files") }
        return answer
    }

    /// What the files say, whether a proxy runs or not.
    func files(_ method: String, _ params: [(String, Node)]) async throws(RPCFailure) -> Answer {
        Answer(payload: try await OfflineControl(source).call(method, .object(params)), isOffline: true)
    }

    // MARK: words

    /// Why nobody answers, without saying again that nobody does, and where.
    func reason(_ text: String) -> String {
        let known = "no proxy answers at \(address.spelling): "
        return Quoted.oneLine(text.hasPrefix(known) ? String(text.dropFirst(known.count)) : text)
    }

    /// Why the address may be the wrong one.
    var addressOrigin: String {
        if isNamed { return "--admin" }
        let hasBrokenFile = configuration.files.contains { $0.exists && $0.parsed == nil }
        return hasBrokenFile
            ? "a file of the configuration cannot be read, so this is a guess" : "admin.listen of the configuration"
    }
}
