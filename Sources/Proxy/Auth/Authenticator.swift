internal import Access
internal import Logging
internal import Settings
internal import Wire

/// Who requests are from, by the settings of one generation. What can be known at once is told at once; a token that
/// nobody has verified yet, and a service, are asked later.
final class Authenticator: Sendable {
    enum Finding {
        case known(Credential)
        /// A bearer token that an issuer may have made.
        case token(Unverified)
        /// The service decides; what the rest came to.
        case asks(AuthFault)
        case unknown(AuthFault)
    }

    struct Unverified {
        let bytes: [UInt8]
        let digest: SHA256Digest
        /// Nil where the rule takes tokens of issuers; else what its bearer is told unless the token is a good one.
        let otherwise: AuthFault?
    }

    let settings: AuthSettings
    let tokens: TokenTable
    private let keys: TokenTable
    let keyField: [UInt8]
    private let keyParameter: [UInt8]?
    private let certificates: CertificateTable
    /// Nil where no issuer is configured.
    let jwt: JWTVerifier?
    /// Nil where no service is.
    let forward: ForwardAuth?

    /// There are tokens or keys to be known again.
    var knowsSecrets: Bool { !tokens.isEmpty || !keys.isEmpty }

    /// What a request bears that is good here, and that its agent is not to get though its rule does not ask for it. A key in
    /// the target is taken out at once. Not for tokens of issuers: to know those takes a signature. What the rule takes is
    /// dropped whatever it is, and not looked at again.
    func conceal(_ head: RequestHead, _ plan: Plan) -> EdgeSecrets {
        var found: EdgeSecrets = []
        let seeksToken = !tokens.isEmpty && !plan.consumesAuthorization
        let seeksKey = !keys.isEmpty && plan.consumedKey.isEmpty
        guard seeksToken || seeksKey else { return found }
        let isKey = { (value: UnsafeRawBufferPointer) in self.keys.credential(bearer: value) != nil }
        for at in 0..<head.lines.fieldCount {
            let field = head.lines.fields[at]
            if field.id == .authorization {
                guard seeksToken, let bearer = BearerToken.parse(head.lines.value(field)) else { continue }
                if tokens.credential(bearer: bearer) != nil { found.insert(.token) }
            } else if seeksKey, keyField.withUnsafeBytes({ head.lines.name(field).isCaseless($0) }) {
                if isKey(head.lines.value(field)) { found.insert(.key) }
            }
        }
        if let keyParameter, seeksKey, head.hasQuery, head.contains(parameter: keyParameter, where: isKey) {
            head.removeParameter(keyParameter)
        }
        return found
    }

    init(_ settings: AuthSettings, previous: Authenticator? = nil) {
        self.settings = settings
        tokens = TokenTable(settings)
        keys = TokenTable(keys: settings)
        keyField = Array(settings.apiKeyHeader.lowercased().utf8)
        keyParameter = settings.apiKeyQuery.map { Array($0.utf8) }
        certificates = CertificateTable(settings.clientCertificates)
        jwt = settings.jwt.isEmpty ? nil : JWTVerifier(settings.jwt, previous: previous?.jwt)
        if let known = previous?.forward, known.settings == settings.forwardAuth {
            forward = known
        } else {
            forward = ForwardAuth(settings.forwardAuth)
        }
    }

    // MARK: looking

    /// Looks at what a request brings, as far as that is known here.
    ///
    /// - Parameters:
    ///   - kinds: what its rule takes.
    ///   - now: milliseconds since 1970.
    func look(_ head: RequestHead, _ client: Client, _ kinds: AuthKinds, now: Int64) -> Finding {
        var fault = AuthFault.missing
        let bearer = kinds.isDisjoint(with: [.token, .jwt]) ? nil : bearer(head)
        if let bearer, kinds.contains(.token) {
            if let found = tokens.credential(bearer: bearer) { return .known(found) }
            fault = .invalid(.token)
        }
        if kinds.contains(.apiKey), let key = key(head) {
            if let found = keys.credential(bearer: key) { return .known(found) }
            fault = AuthFault.invalid(.apiKey).over(fault)
        }
        if kinds.contains(.clientCertificate), let certificate = client.presented {
            if let found = certificates.credential(certificate) { return .known(found) }
            fault = AuthFault.forbidden(.clientCertificate).over(fault)
        }
        if let bearer, kinds.contains(.jwt), let jwt {
            if bearer.count > JWSToken.mostBytes {
                fault = AuthFault.token(.tooLarge).over(fault)
            } else if JWSToken.isLikely(bearer) {
                guard let digest = SHA256Digest(of: bearer) else { return .unknown(.unavailable(.jwt, "no memory")) }
                if let known = jwt.known(digest, now: now) { return .known(known) }
                return .token(Unverified(bytes: Array(bearer), digest: digest, otherwise: nil))
            } else {
                fault = AuthFault.token(.malformed).over(fault)
            }
        }
        let finding = settle(fault, kinds)
        guard case .unknown = finding, fault.result != .forbidden else { return finding }
        return ofOtherKind(head, fault, settings.configured.subtracting(kinds), now: now) ?? finding
    }

    /// Who brings what other rules take is known, and may not come in here. A certificate is no such thing: it is shown
    /// to every rule.
    private func ofOtherKind(_ head: RequestHead, _ fault: AuthFault, _ others: AuthKinds, now: Int64) -> Finding? {
        if others.contains(.apiKey), let key = key(head), keys.credential(bearer: key) != nil {
            return .unknown(.wrongKind(.apiKey))
        }
        guard !others.isDisjoint(with: [.token, .jwt]), let bearer = bearer(head) else { return nil }
        if others.contains(.token), tokens.credential(bearer: bearer) != nil { return .unknown(.wrongKind(.token)) }
        guard others.contains(.jwt), let jwt, bearer.count <= JWSToken.mostBytes, JWSToken.isLikely(bearer),
            let digest = SHA256Digest(of: bearer)
        else { return nil }
        if jwt.known(digest, now: now) != nil { return .unknown(.wrongKind(.jwt)) }
        return .token(Unverified(bytes: Array(bearer), digest: digest, otherwise: fault))
    }

    /// What follows once all else has failed.
    func settle(_ fault: AuthFault, _ kinds: AuthKinds) -> Finding {
        kinds.contains(.forward) && forward != nil ? .asks(fault) : .unknown(fault)
    }

    /// Takes the API key out of the target, where one may stand in it.
    func hideKey(_ head: RequestHead, _ kinds: AuthKinds) {
        guard let keyParameter, kinds.contains(.apiKey), !settings.forward, head.hasQuery else { return }
        head.removeParameter(keyParameter)
    }

    private func bearer(_ head: RequestHead) -> UnsafeRawBufferPointer? {
        guard head.authorizationField >= 0 else { return nil }
        return BearerToken.parse(head.lines.value(head.lines.fields[head.authorizationField]))
    }

    private func key(_ head: RequestHead) -> UnsafeRawBufferPointer? {
        if let value = keyField.withUnsafeBytes({ head.first(named: $0) }), value.count > 0 { return value }
        guard let keyParameter, let value = head.parameter(keyParameter), value.count > 0 else { return nil }
        return value
    }

    // MARK: life

    /// Goes live: keys are fetched from now on. What was live before and is not part of this ends.
    func start(after previous: Authenticator?, tls: AgentTLS, log: Logger) {
        jwt?.start(tls: tls, log: log)
        forward?.start(tls: tls, log: log)
        guard let previous else { return }
        previous.jwt?.stop(without: jwt)
        if previous.forward !== forward { previous.forward?.stop() }
    }

    func stop() {
        jwt?.stop(without: nil)
        forward?.stop()
    }
}

/// Fields of a request that bear what is good at the edge, where its rule does not ask for it.
struct EdgeSecrets: OptionSet {
    let rawValue: UInt8

    /// `Authorization`, and the field of API keys.
    static let token = EdgeSecrets(rawValue: 1)
    static let key = EdgeSecrets(rawValue: 2)
}
