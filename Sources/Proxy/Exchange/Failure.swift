internal import Settings
internal import Wire

/// Why an exchange could not be served, as everybody sees it: the client in JSON, the operator in logs and metrics.
/// One table turns a cause into status, `Proxy-Status` (RFC 9209) and words; nothing else does.
struct Failure: Error {
    /// What went wrong. The raw value is the `kind` of `gateway_error_total` and the `code` of the answer.
    enum Kind: String, CaseIterable {
        case badRequest = "bad_request"
        case requestTooLarge = "request_too_large"
        case requestTimeout = "request_timeout"
        case requestCutShort = "request_cut_short"
        case clientGone = "client_gone"
        case unauthorized
        case forbidden
        case authUnavailable = "auth_unavailable"
        case notFound = "no_route"
        case unknownAgent = "unknown_agent"
        case modelNotServed = "model_not_served"
        case encodedPath = "encoded_delimiter"
        case overloaded
        case rateLimited = "rate_limited"
        case noAgent = "no_agent"
        case agentsBusy = "agents_busy"
        case sessionLost = "session_agent_gone"
        case queueFull = "queue_full"
        case queueTimeout = "queue_timeout"
        case connectRefused = "connect_failed"
        case connectTimeout = "connect_timeout"
        case tlsCertificate = "tls_certificate"
        case tlsAlert = "tls_alert"
        case tlsProtocol = "tls_protocol"
        case agentReset = "agent_reset"
        case firstByteTimeout = "first_byte_timeout"
        case streamGap = "stream_gap"
        case onlyIfCached = "only_if_cached"
        case badAnswer = "bad_answer"
        case answerCutShort = "answer_cut_short"
        case attribution = "proxy_attribution_required"
        case outOfMemory = "out_of_memory"
        case draining
        case adminRefused = "admin_refused"
        case accessDenied = "access_denied"
        case originDenied = "origin_denied"

        var index: Int { Self.order[self] ?? 0 }
        static let names = allCases.map(\.rawValue)
        private static let order = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
    }

    /// Who is at fault.
    enum Origin { case client, upstream, proxy }

    let kind: Kind
    var status: Int
    var message: String
    var hint: String
    /// Of `WWW-Authenticate`, for 401.
    var challenge: String?
    /// Seconds, for `Retry-After`, where more is known than of its kind.
    var retryAfter: Int?
    /// What follows on the connection cannot be told apart from what is wrong.
    var closesConnection = false

    init(_ kind: Kind, _ message: String, hint: String, status: Int? = nil) {
        self.kind = kind
        self.status = status ?? kind.status
        self.message = message
        self.hint = hint
    }

    init(_ wire: WireFailure) {
        let large: [WireFailure] = [.headTooLarge, .tooManyFields, .targetTooLong, .bodyTooLarge]
        self.init(
            large.contains(wire) ? .requestTooLarge : .badRequest, "\(wire.explanation)",
            hint: wire == .methodRefused ? "use another method" : "correct the request; the connection is closed",
            status: wire.status)
        closesConnection = true
    }
}

extension Failure.Kind {
    var status: Int {
        switch self {
        case .badRequest, .requestCutShort, .encodedPath, .unknownAgent: 400
        case .unauthorized: 401
        case .adminRefused, .accessDenied, .originDenied, .forbidden: 403
        case .notFound, .modelNotServed: 404
        case .requestTimeout: 408
        case .requestTooLarge: 413
        case .queueFull, .queueTimeout, .rateLimited: 429
        case .clientGone: 499
        case .connectRefused, .tlsCertificate, .tlsAlert, .tlsProtocol, .agentReset, .badAnswer, .answerCutShort,
            .attribution:
            502
        case .overloaded, .noAgent, .agentsBusy, .sessionLost, .draining, .outOfMemory, .authUnavailable: 503
        case .connectTimeout, .firstByteTimeout, .streamGap, .onlyIfCached: 504
        }
    }

    /// The error type of RFC 9209 2.3.
    var proxyStatus: StaticString {
        switch self {
        case .badRequest, .requestTooLarge, .requestTimeout, .requestCutShort, .encodedPath, .clientGone, .unknownAgent:
            "http_request_error"
        case .unauthorized, .adminRefused, .accessDenied, .originDenied, .forbidden, .rateLimited:
            "http_request_denied"
        case .notFound, .modelNotServed, .noAgent, .sessionLost: "destination_unavailable"
        case .overloaded, .agentsBusy, .queueFull, .queueTimeout, .draining: "connection_limit_reached"
        case .connectRefused: "connection_refused"
        case .connectTimeout: "connection_timeout"
        case .tlsCertificate: "tls_certificate_error"
        case .tlsAlert: "tls_alert_received"
        case .tlsProtocol: "tls_protocol_error"
        case .agentReset: "connection_terminated"
        case .firstByteTimeout, .streamGap: "http_response_timeout"
        case .onlyIfCached: "http_request_denied"
        case .badAnswer: "http_protocol_error"
        case .answerCutShort: "http_response_incomplete"
        case .attribution: "proxy_configuration_error"
        case .outOfMemory, .authUnavailable: "proxy_internal_error"
        }
    }

    var origin: Failure.Origin {
        switch self {
        case .badRequest, .requestTooLarge, .requestTimeout, .requestCutShort, .encodedPath, .unauthorized, .notFound,
            .clientGone, .onlyIfCached, .adminRefused, .accessDenied, .originDenied, .forbidden, .unknownAgent,
            .modelNotServed,
            .rateLimited:
            .client
        case .overloaded, .draining, .outOfMemory, .authUnavailable: .proxy
        default: .upstream
        }
    }

    /// Seconds after which another try makes sense, for `Retry-After`.
    var retryAfter: Int? {
        switch self {
        case .overloaded, .agentsBusy, .noAgent, .authUnavailable: 1
        case .draining: 5
        default: nil
        }
    }
}

extension Failure {
    /// The answer: JSON for programs, words for people.
    func reply(requestID: UnsafeRawBufferPointer, agent: String?) -> Reply {
        var reply = Reply(status: status == 499 ? 400 : status)
        reply.body = Array(
            """
            {"error":{"code":"\(kind.rawValue)","message":\(JSONText.quoted(message)),"hint":\(JSONText.quoted(hint)),\
            "requestId":"\(requestID.text)"}}\n
            """.utf8)
        var field = "clawproxy; error=\(kind.proxyStatus)"
        if let agent { field += "; next-hop=\"\(agent.filter { $0.isASCII && $0 != "\"" && $0 != "\\" })\"" }
        reply.add("Proxy-Status", field)
        if let seconds = retryAfter ?? kind.retryAfter { reply.add("Retry-After", "\(seconds)") }
        return reply
    }
}
