internal import Access
internal import Settings

/// What a credential, or the lack of one, came to. The label `result` of `gateway_auth_total`.
enum AuthResult: Int, CaseIterable, Sendable {
    case admitted, missing, invalid, forbidden, unavailable

    var label: String {
        switch self {
        case .admitted: "admitted"
        case .missing: "missing"
        case .invalid: "invalid"
        case .forbidden: "forbidden"
        case .unavailable: "unavailable"
        }
    }
}

/// Why a request may not pass.
enum AuthFault: Error, Sendable, Equatable {
    /// It brings no credential that its rule takes.
    case missing
    /// It brings one that nobody here has.
    case invalid(AuthKinds)
    /// A token of an issuer that is no good.
    case token(JWTFault)
    /// Somebody who is known, by a credential of a kind that the rule does not take.
    case wrongKind(AuthKinds)
    /// Somebody who is known and may not come in.
    case forbidden(AuthKinds)
    /// Who it is cannot be found out now.
    case unavailable(AuthKinds, String, isLate: Bool = false)

    var kind: AuthKinds {
        switch self {
        case .missing: []
        case .invalid(let kind), .wrongKind(let kind), .forbidden(let kind), .unavailable(let kind, _, _): kind
        case .token: .jwt
        }
    }

    var result: AuthResult {
        switch self {
        case .missing: .missing
        case .invalid: .invalid
        case .token(let fault): fault.isForbidden ? .forbidden : .invalid
        case .wrongKind, .forbidden: .forbidden
        case .unavailable: .unavailable
        }
    }

    /// Of two, the one that tells more of why.
    func over(_ other: AuthFault) -> AuthFault { result.rawValue >= other.result.rawValue ? self : other }
}

extension AuthKinds {
    /// The place in the counters; 0 is none of them.
    var slot: Int { isEmpty ? 0 : 1 + rawValue.trailingZeroBitCount }
    static let slots = ["none"] + ["token", "apiKey", "jwt", "clientCertificate", "forward"]
}

extension Failure {
    /// - Parameters:
    ///   - kinds: what the rule takes.
    ///   - isConfigured: there is anything to take.
    static func unauthorized(_ fault: AuthFault, _ kinds: AuthKinds, keyHeader: String) -> Failure {
        switch fault {
        case .unavailable(let kind, let why, let isLate):
            return Failure(
                .authUnavailable, "whether this request may pass could not be found out: \(why)",
                hint: "retry in a moment; operators find the reason in the log of the proxy and in `clawproxy doctor` "
                    + "(\(kind.names.joined()))", status: isLate ? 504 : 503)
        case .wrongKind(let kind):
            return Failure(
                .forbidden,
                "who brings a credential of the kind \(kind.names.joined()) may not come in here: this route takes "
                    + kinds.names.joined(separator: ", or "),
                hint: Self.hint(kinds, keyHeader))
        case .forbidden, .token(.lacking):
            var failure = Failure(
                .forbidden, "whoever this is may not come in here",
                hint: "ask with another identity, or have the operator grant this one what the route asks for")
            if case .token = fault {
                failure.challenge = "Bearer realm=\"clawproxy\", error=\"insufficient_scope\""
            }
            return failure
        case .missing, .invalid, .token:
            var failure = Failure(.unauthorized, Self.wanted(kinds), hint: Self.hint(kinds, keyHeader))
            failure.challenge = Self.challenge(fault, kinds, keyHeader)
            return failure
        }
    }

    private static func wanted(_ kinds: AuthKinds) -> String {
        switch kinds {
        case [], .token: "this route needs a bearer token of gateway.auth.tokens"
        default: "this route needs a credential: \(kinds.names.joined(separator: ", or "))"
        }
    }

    private static func hint(_ kinds: AuthKinds, _ keyHeader: String) -> String {
        var ways: [String] = []
        if !kinds.isDisjoint(with: [.token, .jwt]) { ways.append("send Authorization: Bearer TOKEN") }
        if kinds.contains(.apiKey) { ways.append("send \(keyHeader): KEY") }
        if kinds.contains(.clientCertificate) { ways.append("connect with a client certificate") }
        if kinds.contains(.forward), ways.isEmpty { ways.append("sign in") }
        return ways.isEmpty ? "configure gateway.auth.tokens: there are none" : ways.joined(separator: ", or ")
    }

    /// RFC 9110 11.6.1 wants one with every 401. Only `Bearer` is a registered scheme; the others tell people.
    private static func challenge(_ fault: AuthFault, _ kinds: AuthKinds, _ keyHeader: String) -> String {
        var challenges: [String] = []
        if kinds.isEmpty || !kinds.isDisjoint(with: [.token, .jwt]) || kinds == .forward {
            var bearer = "Bearer realm=\"clawproxy\""
            switch fault {
            case .token(let why): bearer += ", error=\"invalid_token\", error_description=\"\(why.words)\""
            case .invalid(let kind) where kind == .token || kind == .jwt: bearer += ", error=\"invalid_token\""
            default: break
            }
            challenges.append(bearer)
        }
        if kinds.contains(.apiKey) { challenges.append("ApiKey realm=\"clawproxy\", header=\"\(keyHeader)\"") }
        if challenges.isEmpty { challenges.append("ClientCertificate realm=\"clawproxy\"") }
        return challenges.joined(separator: ", ")
    }
}
