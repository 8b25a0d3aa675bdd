internal import Glibc
internal import Logging
internal import NIOCore
internal import Settings
internal import Synchronization
internal import Telemetry

/// TLS towards clients: what runs now, made anew when a file changes. A file that cannot be used leaves what was.
final class EdgeTLS: Sendable {
    /// How a connection that has just come is served.
    struct Terms {
        var server: TLSServer
        var keys: TLSTicketKeys
        /// Of the listener among `http.listen`.
        var place: Int
        /// Nanoseconds that a handshake may take.
        var limit: Int64
    }

    private struct State {
        var settings = HTTPSettings()
        var server: TLSServer?
        var signatures: [FileSignature?] = []
        var keys: TLSTicketKeys?
        /// Monotonic nanoseconds.
        var keysMade: Int64 = 0
        var trouble: TLSFailure?
        var ports: [ListenAddress: Int] = [:]
        /// Unix seconds of the last warning, by file.
        var warned: [String: Int] = [:]
        var watch: FileWatch?
        var clock: Task<Void, Never>?
    }

    /// Without a file, a key makes tickets for an hour, and is taken for two more.
    private static let keyNanoseconds: Int64 = 3_600_000_000_000
    static let warnSeconds = 14 * 86_400

    private let log: Logger
    private let state = Mutex(State())

    init(_ log: Logger) { self.log = log }

    // MARK: connections

    /// Nil: plain text is spoken at this address.
    func terms(at address: ListenAddress) -> Terms? {
        state.withLock { state in
            guard let server = state.server, state.settings.tls.serves(address) else { return nil }
            let now = Loop.monotonic()
            if state.keys == nil || now - state.keysMade > Self.keyNanoseconds {
                state.keys = (try? TLSTicketKeys(random: state.keys)) ?? state.keys
                state.keysMade = now
            }
            guard let keys = state.keys else { return nil }
            return Terms(
                server: server, keys: keys, place: state.settings.listen.values.firstIndex(of: address) ?? 0,
                limit: state.settings.tls.handshakeTimeout.nanoseconds)
        }
    }

    /// A port that the system has chosen.
    func listens(_ address: ListenAddress, port: Int) { state.withLock { $0.ports[address] = port } }

    /// Where redirects lead to.
    var redirectPort: Int {
        state.withLock { state in
            if let port = state.settings.tls.redirectPort { return port }
            for address in state.settings.listen.values where state.settings.tls.serves(address) {
                if case .tcp(_, let port) = address { return port != 0 ? port : state.ports[address] ?? 443 }
            }
            return 443
        }
    }

    // MARK: generations

    /// Reads the files of a configuration; nil where it asks for no TLS. Blocks a moment.
    func prepare(_ settings: HTTPSettings) throws(TLSFailure) -> TLSServer? {
        guard settings.tls.isOn else { return nil }
        return try TLSServer(TLSServerOptions(settings.tls, protocols: ClientChannel.protocols(settings)))
    }

    /// Connections that come from now on are served so.
    func adopt(_ settings: HTTPSettings, _ server: TLSServer?) {
        let files = server?.options.files ?? []
        let signatures = files.map { FileSignature(path: $0) }
        state.withLock { state in
            state.settings = settings
            state.server = server
            state.signatures = signatures
            state.trouble = nil
            if server != nil, state.watch == nil {
                state.watch = FileWatch(files, every: .seconds(1)) { [weak self] _ in self?.readAgain() }
                state.clock = Task.detached { [weak self] in
                    while (try? await Task.sleep(for: .seconds(600))) != nil { self?.warn() }
                }
            } else {
                state.watch?.watch(files)
            }
        }
        warn()
    }

    func stop() {
        state.withLock { state in
            state.watch?.stop()
            state.clock?.cancel()
            state.watch = nil
            state.clock = nil
        }
    }

    /// A file has changed.
    private func readAgain() {
        let (settings, before) = state.withLock { ($0.settings, $0.signatures) }
        let options = TLSServerOptions(settings.tls, protocols: ClientChannel.protocols(settings))
        let signatures = options.files.map { FileSignature(path: $0) }
        guard settings.tls.isOn, signatures != before else { return }
        do throws(TLSFailure) {
            let server = try TLSServer(options)
            state.withLock { state in
                // another configuration may have come meanwhile, which has read them itself
                guard state.settings.tls == settings.tls else { return }
                state.server = server
                state.signatures = signatures
                state.trouble = nil
            }
            log.notice(
                "the files of http.tls have changed and are in use", metadata: ["files": "\(options.files.count)"])
            warn()
        } catch {
            state.withLock { state in
                state.signatures = signatures
                state.trouble = error
            }
            log.warning(
                "a file of http.tls has changed and cannot be used; what it held before stays in use",
                metadata: ["reason": "\(error.what)", "hint": "\(error.hint)"])
        }
    }

    // MARK: facts

    /// Why files that have changed are not in use; nil where they are.
    var trouble: TLSFailure? { state.withLock { $0.trouble } }

    var certificates: [CertificateGauge] {
        var files: Set<String> = []
        let all = state.withLock { $0.server }?.certificates ?? []
        return all.filter { files.insert($0.options.cert).inserted }.map {
            CertificateGauge(file: $0.options.cert, subject: $0.subject, kind: $0.kind, notAfter: $0.notAfter)
        }
    }

    /// Once a day for each certificate that ends soon.
    private func warn() {
        let now = time(nil)
        for certificate in certificates where certificate.notAfter - now < Self.warnSeconds {
            let isDue = state.withLock { state in
                if let last = state.warned[certificate.file], now - last < 86_400 { return false }
                state.warned[certificate.file] = now
                return true
            }
            guard isDue else { continue }
            log.warning(
                certificate.notAfter < now
                    ? "a certificate of http.tls has expired" : "a certificate of http.tls expires soon",
                metadata: [
                    "file": "\(certificate.file)", "subject": "\(certificate.subject)",
                    "days": "\(max(0, certificate.notAfter - now) / 86_400)",
                    "hint": "put a new one there: it is taken within seconds, without a restart",
                ])
        }
    }
}
