internal import Access
internal import Settings
internal import Wire

/// Who may ask the admin listener. A page in a browser must not reach it through a name that it made point here (DNS
/// rebinding), so `Host` and `Origin` name this machine; and from elsewhere than this machine a token is needed.
struct AdminGate: Sendable {
    private let tokens: TokenTable
    private let ownHost: [UInt8]

    init(_ settings: AdminSettings) {
        var auth = AuthSettings()
        if let secret = settings.token {
            var token = TokenSettings()
            token.name = "admin"
            token.token = secret
            auth.tokens = [token]
        }
        tokens = TokenTable(auth)
        if case .tcp(let host, _) = settings.listen { ownHost = Array(host.lowercased().utf8) } else { ownHost = [] }
    }

    /// Nil when the request may be answered.
    func refusal(_ head: RequestHead, _ client: Client) -> Failure? {
        if let origin = head.first(named: "origin"), !isOwn(Self.authority(ofOrigin: origin), head) {
            return refused("the Origin field names another site", "ask without Origin, or from a page of this machine")
        }
        if head.host.count > 0, !isHere(head.host) {
            return refused("the Host field does not name this machine", "use localhost, or the address in admin.listen")
        }
        if client.isLocal || admits(head) { return nil }
        var failure = Failure(
            .unauthorized, "a request from another machine needs admin.token", hint: "send Authorization: Bearer TOKEN")
        failure.challenge = "Bearer realm=\"clawproxy\""
        return failure
    }

    /// Whether the request bears the token, which changes need wherever they come from.
    func admits(_ head: RequestHead) -> Bool {
        if case .admitted = tokens.admit(authorization: head.first(.authorization)) { return true }
        return false
    }

    private func refused(_ message: String, _ hint: String) -> Failure { Failure(.adminRefused, message, hint: hint) }

    /// A literal address cannot be made to point elsewhere; of names there are `localhost` and the configured one.
    private func isHere(_ authority: UnsafeRawBufferPointer) -> Bool {
        let host = Authority.host(authority)
        if host.isCaseless("localhost") || ownHost.withUnsafeBytes({ !$0.isEmpty && host.isCaseless($0) }) {
            return true
        }
        if host.first == 0x5b { return true }
        return host.count > 0 && host.allSatisfy { ByteClass.isDigit($0) || $0 == 0x2e }
    }

    /// A page of this machine, or of the very address that is asked: a page of another one has a literal address too.
    private func isOwn(_ authority: UnsafeRawBufferPointer, _ head: RequestHead) -> Bool {
        let host = Authority.host(authority)
        guard isHere(authority) else { return false }
        if host.isCaseless("localhost") || host.isPrefixedCaseless("127.") || host.isCaseless("[::1]") { return true }
        return ownHost.withUnsafeBytes { !$0.isEmpty && host.isCaseless($0) }
            || head.host.count > 0 && host.isCaseless(Authority.host(head.host))
    }

    private static func authority(ofOrigin origin: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let scheme = origin.isPrefixedCaseless("http://") ? 7 : origin.isPrefixedCaseless("https://") ? 8 : 0
        return UnsafeRawBufferPointer(rebasing: origin[scheme...])
    }
}
