import Balancer
@testable import Proxy
import Routing
import Settings
import Testing
import Wire

@Suite("a request is explained as it would be served, and nothing is sent")
struct ExplainTests {
    static let text = """
        {http: {trustedProxies: ['10.9.0.0/16'], limits: {bodyBytes: '1KB'}, timeouts: {connect: '7s'}},
         auth: {tokens: [{name: 'ci', tenant: 'build', token: 'ci-token-1'}]},
         agents: {
           discovery: {static: [
             {id: 'a', endpoint: 'http://10.0.0.1:9090', tags: ['chat'], maxConcurrent: 2},
             {id: 'b', endpoint: 'http://10.0.0.2:9090', tags: ['chat'], weight: 50},
             {id: 'c', endpoint: 'unix:/run/c.sock', kind: 'llm'}]},
           pools: {big: {agents: ['c'], loadBalancing: {strategy: 'random'}}}},
         loadBalancing: {strategy: 'round-robin'},
         routing: {default: 'c', rules: [
           {name: 'later', match: {type: 'semantic', categories: ['math']}, target: 'a'},
           {name: 'chat', match: {type: 'prefix', pattern: '/api/v1'}, target: 'tag:chat', fallback: 'pool:big',
             requiresAuth: true, rewrite: {stripPrefix: '/api'}, timeouts: {firstByte: '90s'}, upgrades: ['chat-2'],
             headers: {request: {set: {'X-Agent-Key': 'k3y-of-agent'}, remove: ['X-Debug']},
                       response: {set: {'X-Served': 'yes'}, remove: ['Server']}}},
           {name: 'open', match: {type: 'exact', pattern: '/open', methods: ['GET', 'PUT']}, target: 'a'},
           {name: 'split', match: {type: 'prefix', pattern: '/split'},
             target: [{target: 'a', weight: 3}, {target: 'pool:big', weight: 1}]},
           {name: 'nobody', match: {type: 'prefix', pattern: '/nobody'}, target: 'tag:ghost',
             fallback: ['tag:gone', 'c']},
           {name: 'empty', match: {type: 'prefix', pattern: '/empty'}, target: 'tag:ghost'}]}}
        """

    static func generation(_ text: String = text) throws -> Generation {
        let loaded = Configuration<GatewaySettings>.load(
            Inputs(configFiles: ["test.json5"]) { $0 == "test.json5" ? .bytes(Array(text.utf8)) : .missing })
        try #require(loaded.isValid, "\(loaded.problems.map(\.description))")
        return Generation(loaded.root, previous: nil)
    }

    private func ask(_ params: String, _ generation: Generation? = nil) throws -> Node {
        let generation = try generation ?? Self.generation()
        return try ExplainRequest.payload(Self.node(params), generation: generation) {
            $0 < 0 ? "default's place" : "place \($0)"
        }
    }

    private static func node(_ json: String) throws -> Node {
        try JSONReader.read(Array(json.utf8), source: "params", dialect: .json5)
    }

    private func lines(_ payload: Node) -> [String] {
        (payload["forward"]?["lines"]?.elements ?? []).compactMap(\.string)
    }

    // MARK: what is asked

    @Test(
        "parameters that cannot be read are refused, by their name",
        arguments: [
            ("{}", "target is missing"), ("{target: 7}", "target: expected a string"),
            ("{target: '/', metod: 'GET'}", "unknown parameter 'metod'; did you mean 'method'?"),
            ("{target: '/', headers: 'x'}", "headers: expected an object"),
            ("{target: '/', headers: [['a']]}", "headers: expected an object"),
            ("{target: '/', headers: {a: [1]}}", "headers: expected an object"),
            ("{target: '/', headers: {a: 'b\\r\\nc: d'}}", "headers: holds a line break"),
            ("{target: '/ HTTP/1.1\\r\\nX: y'}", "target: holds a line break"),
            ("{target: '/', client: 'example.com'}", "client: expected an address"), ("[]", "expected an object"),
        ])
    func refusals(params: String, message: String) throws {
        let failure = #expect(throws: ControlFailure.self) { try ask(params) }
        #expect(failure?.code == .invalidRequest)
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
    }

    @Test(
        "a head that no connection would take is refused with the rule that says so",
        arguments: [
            ("{target: '/a b'}", 400, "RFC 9112 3.2"), ("{target: '/a', method: 'GE(T'}", 400, "RFC 9110 9.1"),
            ("{target: '/a', method: 'TRACE'}", 405, nil), ("{target: 'a'}", 400, "RFC 9112 3.2"),
            ("{target: '/', headers: {'a b': 'c'}}", 400, "RFC 9110 5.1"),
            ("{target: '/', headers: [['Host', 'a'], ['Host', 'b']]}", 400, "RFC 9112 3.2"),
            ("{target: 'http://one/', headers: {host: 'two'}}", 400, "RFC 9112 3.2.2"),
            (
                "{target: '/', method: 'POST', headers: {'Content-Length': '1', 'Transfer-Encoding': 'chunked'}}", 400,
                "RFC 9112 6.3"
            ),
        ] as [(String, Int, String?)])
    func refusedHeads(params: String, status: Int, section: String?) throws {
        let payload = try ask(params)
        let refused = payload["request"]?["refused"]
        #expect(refused?["status"]?.int == status)
        #expect(refused?["section"]?.string == section)
        #expect(payload["answer"]?["status"]?.int == status)
        #expect(payload["match"]?.isNull == true && payload["rules"]?.elements?.isEmpty == true)
    }

    @Test(
        "every row is there, whatever becomes of the request",
        arguments: [
            "{target: '/a b'}", "{target: '/health'}", "{target: '/open'}", "{target: '/api/v1/x'}",
            "{target: '/other'}",
        ])
    func shape(params: String) throws {
        let wanted = [
            "generation", "request", "page", "rules", "more", "match", "answer", "target", "strategy", "queue", "retry",
            "timeouts", "forward",
            "cache", "body", "scores", "models", "limits",
        ]
        let payload = try ask(params)
        #expect(payload.members?.map(\.name) == wanted)
        #expect(payload["generation"]?.int == 1)
    }

    @Test("the proxy's own pages come before the rules")
    func pages() throws {
        let health = try ask("{target: '/health?detailed'}")
        #expect(health["page"]?["name"]?.string == "health" && health["match"]?.isNull == true)
        #expect(try ask("{target: '/metrics'}")["page"]?["key"]?.string == "gateway.monitoring.metrics.path")
        #expect(try ask("{target: '/health', method: 'POST'}")["page"]?.isNull == true, "by GET and HEAD alone")
    }

    // MARK: the rule

    @Test("path, query and host are told as the rules see them")
    func normalised() throws {
        let request = try #require(try ask("{target: '/api//v1/%7Ex/../y?q=1', headers: {Host: 'h:1'}}")["request"])
        #expect(request["normalisedPath"]?.string == "/api/v1/y" && request["query"]?.string == "q=1")
        #expect(request["host"]?.string == "h:1" && request["hostAssumed"]?.bool == false)
        let other = try #require(try ask("{target: '/x'}")["request"])
        #expect(
            other["host"]?.string == "localhost" && other["hostAssumed"]?.bool == true && other["query"]?.isNull == true
        )
        #expect(try ask("{target: 'http://there:80/x'}")["request"]?["host"]?.string == "there:80")
    }

    @Test("the winner is told with its place among the rules as they are written")
    func winner() throws {
        let payload = try ask("{target: '/open'}")
        let match = try #require(payload["match"])
        #expect(match["name"]?.string == "open" && match["rule"]?.int == 2 && match["type"]?.string == "exact")
        #expect(match["key"]?.string == "gateway.routing.rules[2]" && match["position"]?.string == "place 2")
        let rules = try #require(payload["rules"]?.elements)
        #expect(rules.first?["name"]?.string == "open" && rules.first?["wins"]?.bool == true)
        #expect(rules.count == 7 && rules.dropFirst().allSatisfy { $0["wins"]?.bool == false })
        let fallen = try #require(try ask("{target: '/else'}")["match"])
        #expect(fallen["isDefault"]?.bool == true && fallen["key"]?.string == "gateway.routing.default")
        #expect(fallen["rule"]?.isNull == true && fallen["position"]?.string == "default's place")
        let bare = try ask("{target: '/x'}", Self.generation("{}"))
        #expect(bare["match"]?["key"]?.isNull == true && bare["match"]?["position"]?.isNull == true)
        #expect(bare["target"]?["pools"]?.elements?.first?["named"]?.string == "*")
    }

    @Test("of many rules the near ones are told, and the rest is counted")
    func manyRules() throws {
        let far = (0..<500).map { "{name: 'far\($0)', match: {type: 'exact', pattern: '/far/\($0)'}, target: 'a'}" }
        let near = [
            "{name: 'method', match: {type: 'prefix', pattern: '/open', methods: ['POST']}, target: 'a'}",
            "{name: 'loses', match: {type: 'prefix', pattern: '/'}, target: 'a'}",
            "{name: 'wins', match: {type: 'prefix', pattern: '/open'}, target: 'a'}",
            "{name: 'like', match: {type: 'exact', pattern: '/open/y'}, target: 'a'}",
        ]
        let payload = try ask(
            "{target: '/open/x'}", Self.generation("{routing: {rules: [\((far + near).joined(separator: ", "))]}}"))
        let rules = try #require(payload["rules"]?.elements)
        #expect(rules.count == 200 && payload["more"]?.int == 304)
        #expect(rules.prefix(4).compactMap { $0["name"]?.string } == ["wins", "loses", "method", "like"])
    }

    @Test("no rule that fits is a 404, as for everybody")
    func noRule() throws {
        let payload = try ask(
            "{target: '/x'}",
            Self.generation("{routing: {rules: [{name: 'a', match: {type: 'exact', pattern: '/a'}, target: 'a'}]}}"))
        #expect(payload["answer"]?["status"]?.int == 404 && payload["answer"]?["code"]?.string == "no_route")
        #expect(payload["match"]?.isNull == true && payload["rules"]?.elements?.count == 1)
    }

    // MARK: who may

    @Test("a token is told by its name and tenant; without one the answer is 401")
    func tokens() throws {
        let admitted = try ask("{target: '/api/v1/x', headers: {Authorization: 'Bearer ci-token-1'}}")
        #expect(
            admitted["match"]?["auth"]?["name"]?.string == "ci"
                && admitted["match"]?["auth"]?["tenant"]?.string == "build")
        #expect(admitted["answer"]?.isNull == true)
        for headers in ["{}", "{Authorization: 'Bearer other'}"] {
            let refused = try ask("{target: '/api/v1/x', headers: \(headers)}")
            #expect(refused["answer"]?["status"]?.int == 401 && refused["match"]?["auth"]?["admitted"]?.bool == false)
            #expect(refused["match"]?["auth"]?["challenge"]?.string?.hasPrefix("Bearer") == true)
        }
        #expect(try ask("{target: '/open'}")["match"]?["auth"]?["admitted"]?.isNull == true)
    }

    @Test("no secret of the request or of the configuration is told")
    func secrets() throws {
        let payload = try ask(
            """
            {target: '/api/v1/x', headers: {
              Authorization: 'Bearer ci-token-1', Cookie: 'id=s3cret', 'X-Api-Key': 's3cret',
              'X-Goog-Api-Key': 's3cret', 'Proxy-Authorization': 's3cret', Accept: 'text/plain'}}
            """)
        let json = payload.json
        for secret in ["ci-token-1", "s3cret", "k3y-of-agent"] { #expect(!json.contains(secret)) }
        let lines = lines(payload)
        #expect(!lines.contains { $0.hasPrefix("Authorization") }, "consumed here")
        #expect(lines.contains("Cookie: (as sent)") && lines.contains("X-Api-Key: (as sent)"))
        #expect(lines.contains("X-Agent-Key: (as the rule sets it)") && lines.contains("Accept: text/plain"))
        let open = try ask("{target: '/open', headers: {Authorization: 'Bearer s3cret'}}")
        #expect(self.lines(open).contains("Authorization: (as sent)"), "forwarded where no rule asks for it")
    }

    @Test(
        "what is refused before an agent is asked is refused in the order of the walk",
        arguments: [
            ("{target: '/open/%2F/..', method: 'GET'}", nil), ("{target: '/split/a%2Fb'}", "encoded_delimiter"),
            ("{target: '/api/v1/a%2Fb'}", "encoded_delimiter"),
            ("{target: '/split', method: 'POST', headers: {'Content-Length': '2000'}}", "request_too_large"),
            ("{target: '/empty'}", "no_agent"), ("{target: '/nobody'}", nil), ("{target: '/split'}", nil),
        ] as [(String, String?)])
    func order(params: String, code: String?) throws {
        #expect(try ask(params)["answer"]?["code"]?.string == code)
    }

    // MARK: to whom

    @Test("agents are told with their states, and who would be asked")
    func candidates() throws {
        let generation = try Self.generation()
        let agents = generation.fleet.agents
        agents[1].state.publish(.down, now: 0)
        agents[1].state.checkFailed("connection refused", now: Loop.monotonic())
        let payload = try ask("{target: '/api/v1/x', headers: {Authorization: 'Bearer ci-token-1'}}", generation)
        let pools = try #require(payload["target"]?["pools"]?.elements)
        #expect(pools.compactMap { $0["pool"]?.string } == ["tag:chat", "pool:big"])
        #expect(
            pools.map { $0["role"]?.string } == ["target", "fallback"]
                && pools.map { $0["reached"]?.bool } == [true, false])
        let rows = try #require(pools[0]["candidates"]?.elements)
        #expect(
            rows.map { $0["state"]?.string } == ["available", "down"]
                && rows.map { $0["asked"]?.bool } == [true, false])
        #expect(rows[1]["why"]?.string?.contains("connection refused") == true && rows[1]["seconds"]?.int == 0)
        #expect(
            rows[0]["cap"]?.int == 2 && rows[0]["weight"]?.int == 100
                && rows[0]["endpoint"]?.string == "http://10.0.0.1:9090")
        #expect(payload["strategy"]?["used"]?.string == "round-robin")
        #expect(payload["retry"]?["kinds"]?.elements?.compactMap(\.string) == ["openclaw"])
    }

    @Test("a fallback is reached once nobody of the target can serve, and names that nobody bears are told")
    func fallbacks() throws {
        let generation = try Self.generation()
        for _ in 0..<2 { _ = generation.fleet.agents[0].state.tryAcquire(cap: 2) }
        generation.fleet.agents[1].state.setDrained(true)
        let headers = "headers: {Authorization: 'Bearer ci-token-1'}"
        let pools = try #require(try ask("{target: '/api/v1/x', \(headers)}", generation)["target"]?["pools"]?.elements)
        #expect(pools[0]["refusal"]?.string?.contains("maxConcurrent") == true && pools[1]["reached"]?.bool == true)
        #expect(pools[0]["candidates"]?.elements?.map { $0["state"]?.string } == ["busy", "drained"])
        generation.fleet.agents[2].state.publish(.down, now: 0)
        let away = try ask("{target: '/api/v1/x', \(headers)}", generation)
        // the busy one is waited for
        #expect(away["answer"]?.isNull == true && away["queue"]?["waits"]?.bool == true)
        #expect(away["queue"]?["level"]?.string == "normal" && away["queue"]?["wait"]?.string == "30s")
        let nobody = try #require(try ask("{target: '/nobody'}")["target"]?["pools"]?.elements)
        #expect(
            nobody.map { $0["pool"]?.string } == [nil, nil, "c"]
                && nobody.map { $0["reached"]?.bool } == [true, true, true])
        #expect(nobody[0]["refusal"]?.string?.contains("no agent, pool or tag") == true)
    }

    @Test("splits are told with their shares")
    func splits() throws {
        let target = try #require(try ask("{target: '/split'}")["target"])
        let splits = try #require(target["splits"]?.elements)
        #expect(
            splits.compactMap { $0["target"]?.string } == ["a", "pool:big"]
                && splits.compactMap { $0["weight"]?.int } == [3, 1])
        #expect(splits.map { $0["share"]?.json } == ["0.75", "0.25"])
        #expect(target["pools"]?.elements?[1]["strategy"]?["configured"]?.string == "random")
        #expect(try ask("{target: '/open'}")["target"]?["splits"]?.elements?.isEmpty == true)
    }

    // MARK: how

    @Test("the agent's head is written by what writes it for requests, line by line")
    func forwarded() throws {
        let payload = try ask(
            """
            {target: '/api/v1/chat?x=1', method: 'POST', body: 'hello', client: '192.0.2.7',
             headers: [['Host', 'edge.example'], ['Authorization', 'Bearer ci-token-1'], ['X-Forwarded-For', '1.1.1.1'],
               ['X-Debug', 'on'], ['Connection', 'x-mine'], ['X-Mine', '1'], ['x_under', '1'],
               ['X-Request-Id', 'abc-1']]}
            """)
        #expect(
            lines(payload) == [
                "POST /v1/chat?x=1 HTTP/1.1", "Host: edge.example", "Content-Length: 5", "X-Forwarded-For: 192.0.2.7",
                "X-Forwarded-Proto: http", "X-Forwarded-Host: edge.example", "Via: 1.1 clawproxy",
                "X-Request-Id: abc-1",
                "X-Agent-Key: (as the rule sets it)",
            ])
        let forward = try #require(payload["forward"])
        #expect(forward["path"]?.string == "/v1/chat" && forward["rewritten"]?.bool == true)
        #expect(
            forward["dropped"]?.elements?.compactMap(\.string)
                == ["Authorization", "X-Forwarded-For", "X-Debug", "Connection", "X-Mine", "x_under"])
        #expect(forward["edits"]?["request"]?["remove"]?.json == "[\"X-Debug\"]")
        #expect(forward["edits"]?["response"]?.json == "{\"set\": [\"X-Served\"], \"remove\": [\"Server\"]}")
        let plain = lines(try ask("{target: '/open'}"))
        #expect(plain.contains("X-Request-Id: (new for each request)") && plain.first == "GET /open HTTP/1.1")
    }

    @Test("a trusted proxy's forwarding fields go on, with its own address behind")
    func trusted() throws {
        let payload = try ask(
            """
            {target: '/open', client: '10.9.1.1',
             headers: {'X-Forwarded-For': '1.1.1.1', 'X-Forwarded-Proto': 'https'}}
            """
        )
        #expect(payload["request"]?["trusted"]?.bool == true)
        #expect(
            lines(payload).contains("X-Forwarded-For: 1.1.1.1, 10.9.1.1")
                && lines(payload).contains("X-Forwarded-Proto: https"))
    }

    @Test("an upgrade that the rule lets through is told, another is not")
    func upgrades() throws {
        func upgrade(_ name: String, _ target: String) throws -> String? {
            let fields = "Connection: 'upgrade', Upgrade: '\(name)', Authorization: 'Bearer ci-token-1'"
            return try ask("{target: '\(target)', headers: {\(fields)}}")["match"]?["upgrade"]?.string
        }
        #expect(try upgrade("WebSocket", "/open") == "websocket" && upgrade("chat-2", "/api/v1/x") == "chat-2")
        #expect(try upgrade("chat-2", "/open") == nil && upgrade("h2c", "/open") == nil)
    }

    @Test(
        "what is repeated depends on method and body",
        arguments: [
            ("method: 'GET'", true), ("method: 'POST'", false), ("method: 'PUT'", true),
            ("method: 'PUT', body: 'x'", true), ("method: 'PUT', headers: {'content-length': '9000000'}", false),
            ("method: 'POST', body: 'x', headers: {'idempotency-key': '7'}", true),
            ("headers: {Connection: 'upgrade', Upgrade: 'websocket'}", false),
        ])
    func retry(params: String, repeats: Bool) throws {
        let retry = try #require(try ask("{target: '/split' , \(params)}")["retry"])
        #expect(retry["onBrokenConnection"]?.bool == repeats && retry["onConnectFailure"]?.bool == true)
        #expect(retry["afterFirstByte"]?.bool == false && retry["mostAttempts"]?.int == 2)
        #expect(retry["words"]?.elements?.count == 6)
    }

    @Test("timeouts are told with the key that sets each")
    func timeouts() throws {
        let timeouts = try #require(try ask("{target: '/api/v1/x'}")["timeouts"])
        #expect(
            timeouts["firstByte"]?.json
                == "{\"ms\": 90000, \"text\": \"1m30s\", \"key\": \"gateway.routing.rules[1].timeouts.firstByte\"}")
        #expect(
            timeouts["connect"]?.json == "{\"ms\": 7000, \"text\": \"7s\", \"key\": \"gateway.http.timeouts.connect\"}")
    }

    @Test("the rule that is told is the rule that the router takes, for any request")
    func sameRule() throws {
        let generation = try Self.generation()
        for target in ["/open", "/api/v1", "/api/v10", "/split/x", "/nobody", "/", "/empty?x", "/open/"] {
            for method in ["GET", "POST", "PUT"] {
                var question = RequestQuestion(method: method, target: target)
                question.headers = [("X", "y")]
                guard case .success(let head) = question.read(WireLimits()) else { continue }
                let told = RequestExplanation(question, generation).payload { _ in nil }["match"]?["name"]?.string
                let router = generation.router
                let match = router.match(head)
                // without a body nothing is known of its text
                let taker = match == Router.asksMeaning ? router.question(head)?.otherwise : match
                #expect(told == taker.map { router.rules[$0].name }, "\(method) \(target)")
            }
        }
    }
}
