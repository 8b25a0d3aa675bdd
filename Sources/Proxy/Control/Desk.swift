internal import NIOCore
internal import Settings
internal import Wire

/// A question or a change that came to the admin listener, as it was received.
struct AdminRequest: Sendable {
    var method: Method
    /// Normalised.
    var path: String
    var body: [UInt8]
    /// Whether it bears the admin token.
    var isAuthorized: Bool
    /// Of `If-Match`, without quotes.
    var ifMatch: String?
}

/// Where operators are served: methods by name over `POST /rpc`, and the same over paths.
struct Desk: Sendable {
    let configurator: Configurator
    /// Both nil where no proxy runs, and the files alone are at hand.
    var server: Server?
    var member: ReplicaMember?

    // MARK: POST /rpc

    func answer(_ request: AdminRequest) async -> Reply {
        switch request.path {
        case "/rpc": await rpc(request)
        case "/status": await page("status", request)
        case "/doctor": await page("doctor", request)
        case let path where path.hasPrefix("/agents/"): await agent(request)
        default: await config(request)
        }
    }

    private func rpc(_ request: AdminRequest) async -> Reply {
        guard request.method == .post else {
            return Self.refuse(405, .invalid("/rpc takes POST with {\"method\", \"params\"}"), allow: "POST")
        }
        let question: Node
        do throws(SyntaxError) {
            question = try JSONReader.read(request.body, source: "request", dialect: .strict)
        } catch {
            return Self.refuse(400, .invalid("the body is not JSON: \(error.position.text): \(error.message)"))
        }
        guard question.members != nil, let method = question["method"]?.string else {
            return Self.refuse(400, .invalid("expected an object {\"method\": \"config.get\", \"params\": {}}"))
        }
        let id = question["id"] ?? .null
        do throws(ControlFailure) {
            for member in question.members ?? [] where !["id", "method", "params", "jsonrpc"].contains(member.name) {
                throw .invalid("unknown member '\(member.name)' beside method and params; parameters go into params")
            }
            let payload = try await call(method, question["params"] ?? .null, isAuthorized: request.isAuthorized)
            return Self.reply(200, .object([("id", id), ("ok", .flag(true)), ("payload", payload)]))
        } catch {
            let status = error.code == .unauthorized ? 401 : 200
            var reply = Self.reply(status, .object([("id", id), ("ok", .flag(false)), ("error", error.node)]))
            if status == 401 { reply.add("WWW-Authenticate", "Bearer realm=\"clawproxy\"") }
            if let wait = error.retryAfterMs { reply.add("Retry-After", "\((wait + 999) / 1000)") }
            return reply
        }
    }

    /// Answers a method with its payload.
    func call(_ method: String, _ params: Node, isAuthorized: Bool) async throws(ControlFailure) -> Node {
        if AdminMethods.needToken(method, params), !isAuthorized {
            throw ControlFailure(
                .unauthorized,
                "\(method) needs the admin token: send Authorization: Bearer TOKEN, with admin.token of the configuration or the line in ~/.openclaw/clawproxy.token"
            )
        }
        switch method {
        case "config.patch", "config.apply", "config.set", "config.unset", "config.rollback":
            let request = try ChangeRequest(method, params)
            if request.isForAll, !request.dryRun { return try await changeAll(method, params, request) }
            return try await configurator.change(request)
        case "config.confirm":
            try Parameters(params, of: method).end()
            return try await configurator.confirm()
        case "config.reload":
            try Parameters(params, of: method).end()
            return await configurator.reload(.rpc)
        case _ where AgentMethods.names.contains(method):
            guard let server else { throw Self.needsProxy(method) }
            return try AgentMethods.answer(method, params, server.process)
        case _ where CacheMethods.names.contains(method):
            guard let server else { throw Self.needsProxy(method) }
            return try await CacheMethods.answer(method, params, server.process)
        case _ where LimitMethods.names.contains(method):
            guard let server else { throw Self.needsProxy(method) }
            return try LimitMethods.answer(method, params, server.process)
        default:
            if method.hasPrefix("replica."), let member {
                return try await ReplicaMethods.answer(method, params, member)
            }
            return try await read(method, params)
        }
    }

    /// The change on every replica that `admin.peers` names, or on none.
    private func changeAll(
        _ method: String, _ params: Node, _ request: ChangeRequest
    ) async throws(ControlFailure) -> Node {
        guard let member else {
            throw ControlFailure(.unavailable, "a change for all needs a running proxy; start it with `clawproxy run`")
        }
        let admin = await configurator.applied.configuration.root.admin
        guard let names = admin.peers?.values, !names.isEmpty else {
            throw .invalid(
                "admin.peers names no replicas; set it to a list of their admin addresses, or to a DNS name of all of them"
            )
        }
        var (method, params) = (method, params)
        if method == "config.rollback" {
            let text = try await configurator.text(of: request)
            (method, params) = ("config.apply", .object([("raw", .string(text)), ("note", .string(request.note))]))
        }
        let port = if case .tcp(_, let port) = admin.listen { port } else { 0 }
        let peers = await ReplicaPeers.find(names, port: port)
        let coordinator = ReplicaCoordinator(member, ownAddress: admin.listen.spelling)
        var report = await coordinator.run(method, params, baseHash: request.baseHash, at: peers)
        // the change before may just be closing somewhere; nothing was changed, so it can be asked again
        for _ in 0..<3 where report.isBusy {
            try? await Task.sleep(for: .milliseconds(250))
            report = await coordinator.run(method, params, baseHash: request.baseHash, at: peers)
        }
        if var failure = report.failure {
            failure.extra = report.members
            throw failure
        }
        let answer = report.answer.members?.map { ($0.name, $0.node) } ?? [("ok", .flag(true))]
        let document = await ConfigPayload(configurator.applied.configuration).document
        return .object(answer + [("config", document)] + report.members)
    }

    private func read(_ method: String, _ params: Node) async throws(ControlFailure) -> Node {
        var reader = try Parameters(params, of: method)
        switch method {
        case "config.get":
            let key = try reader.string("key")
            try reader.end()
            return try await configurator.get(key)
        case "config.schema":
            let key = try reader.string("key")
            try reader.end()
            return try await configurator.schema(key)
        case "config.explain":
            let key = try reader.string("key")
            guard let key else { throw reader.missing("key", "a key such as http.listen") }
            try reader.end()
            return try await configurator.explain(key)
        case "config.validate":
            let raw = try reader.string("raw")
            try reader.end()
            return try await configurator.validate(raw)
        case "config.diff":
            let raw = try reader.string("raw")
            try reader.end()
            return try await configurator.diff(raw)
        case "config.history":
            try reader.end()
            return await configurator.versions()
        case "explain.request", "status", "doctor", "agents":
            guard let server else { throw Self.needsProxy(method) }
            return try await server.tell(method, params, configurator)
        default:
            throw ControlFailure(
                .unknownMethod,
                "there is no method '\(method)'\(Nearest.hint(for: method, among: AdminMethods.all)); there are \(AdminMethods.all.joined(separator: ", "))"
            )
        }
    }

    private static func needsProxy(_ method: String) -> ControlFailure {
        ControlFailure(
            .unavailable, "\(method) needs a running proxy, and none answers; start it with `clawproxy run`")
    }

    // MARK: paths

    private func page(_ method: String, _ request: AdminRequest) async -> Reply {
        guard request.method == .get || request.method == .head else {
            return Self.refuse(405, .invalid("\(request.path) takes GET"), allow: "GET, HEAD")
        }
        do throws(ControlFailure) {
            return Self.reply(200, try await call(method, .null, isAuthorized: request.isAuthorized))
        } catch {
            return Self.refuse(503, error)
        }
    }

    /// `GET /config/KEY` and `PATCH /config/KEY`; the hash of the file is the entity tag (RFC 9110 8.8.3).
    private func config(_ request: AdminRequest) async -> Reply {
        let segments = request.path.split(separator: "/").dropFirst().map(String.init)
        let key = segments.isEmpty ? nil : segments.count == 1 ? segments[0] : KeyPathText.join(segments)
        do throws(ControlFailure) {
            switch request.method {
            case .get, .head:
                let payload = try await configurator.get(key)
                var reply = Self.reply(200, payload["config"] ?? .null)
                reply.add("ETag", "\"\(payload["hash"]?.string ?? "")\"")
                return reply
            case .patch: return try await patch(key, request)
            default: return Self.refuse(405, .invalid("\(request.path) takes GET and PATCH"), allow: "GET, HEAD, PATCH")
            }
        } catch {
            return Self.refuse(error)
        }
    }

    /// `POST /agents/ID/drain`, `/ready` and `/weight`.
    private func agent(_ request: AdminRequest) async -> Reply {
        guard request.method == .post else {
            return Self.refuse(405, .invalid("\(request.path) takes POST"), allow: "POST")
        }
        do throws(ControlFailure) {
            let (method, params) = try AgentMethods.question(path: request.path, body: request.body)
            return Self.reply(200, try await call(method, params, isAuthorized: request.isAuthorized))
        } catch {
            return Self.refuse(error)
        }
    }

    private func patch(_ key: String?, _ request: AdminRequest) async throws(ControlFailure) -> Reply {
        guard let tag = request.ifMatch else {
            return Self.refuse(
                428,
                .invalid(
                    "PATCH needs If-Match with the ETag of a GET before it: a change made in between must not be lost"))
        }
        let value: Node
        do throws(SyntaxError) {
            value = try JSONReader.read(request.body, source: "body", dialect: .json5)
        } catch {
            throw .invalid("the body is not JSON5: \(error.position.text): \(error.message)")
        }
        let raw = try await configurator.patchText(value, at: key)
        let params = Node.object([("raw", .string(raw)), ("baseHash", .string(tag))])
        let payload = try await call("config.patch", params, isAuthorized: request.isAuthorized)
        var reply = Self.reply(200, payload)
        reply.add("ETag", "\"\(payload["hash"]?.string ?? "")\"")
        return reply
    }

    // MARK: replies

    static func reply(_ status: Int, _ node: Node) -> Reply {
        var reply = Reply(status: status)
        JSONText.append(node, to: &reply.body)
        reply.body.append(UInt8(ascii: "\n"))
        reply.add("Cache-Control", "no-store")
        return reply
    }

    static func refuse(_ failure: ControlFailure) -> Reply {
        let status =
            switch failure.code {
            case .unauthorized: 401
            case .unavailable: 503
            case .internalError: 500
            case .unknownMethod: 404
            case .invalidRequest: failure.message == ChangePlanner.staleBase ? 412 : 400
            }
        var reply = refuse(status, failure)
        if status == 401 { reply.add("WWW-Authenticate", "Bearer realm=\"clawproxy\"") }
        if let wait = failure.retryAfterMs { reply.add("Retry-After", "\((wait + 999) / 1000)") }
        return reply
    }

    static func refuse(_ status: Int, _ failure: ControlFailure, allow: String? = nil) -> Reply {
        var reply = Self.reply(status, .object([("ok", .flag(false)), ("error", failure.node)]))
        if let allow { reply.add("Allow", allow) }
        return reply
    }
}
