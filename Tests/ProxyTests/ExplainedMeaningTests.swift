import Balancer
@testable import Proxy
import Routing
import Semantics
import Settings
import Testing
import Wire

@Suite("explain tells what the text of a body scores, and whom the body chooses")
struct ExplainedMeaningTests {
    private static let text = """
        {agents: {discovery: {static: [
           {id: 'chat', endpoint: 'http://10.0.0.1:9090', tags: ['talk']},
           {id: 'coder', endpoint: 'http://10.0.0.2:9090', tags: ['dev', 'fast']},
           {id: 'coder-2', endpoint: 'http://10.0.0.3:9090', tags: ['dev']},
           {id: 'big', endpoint: 'http://10.0.0.4:9090', kind: 'llm', models: ['gpt-4o', 'mini']},
           {id: 'other', endpoint: 'http://10.0.0.5:9090', kind: 'llm', models: ['claude', 'mini']}]},
          pools: {llm: {agents: ['big', 'other']}}},
         semantic: {tiers: [{name: 'remote', type: 'endpoint', url: 'http://10.0.0.9/v1/embeddings', model: 'm'}]},
         modelRouting: {defaultModel: 'mini', rules: [
           {name: 'long', condition: {inputTokensGt: 300}, model: 'gpt-4o'},
           {name: 'chinese', condition: {language: 'zh'}, model: 'claude'}]},
         modelFallback: {primary: 'gpt-4o', fallbackChain: ['ghost', 'claude', 'mini'], maxRetries: 1, timeoutMs: 5000},
         routing: {default: 'chat', rules: [
           {name: 'code', match: {type: 'semantic', categories: ['code', 'debug'], threshold: 0.3}, target: 'tag:dev'},
           {name: 'math', match: {type: 'semantic', categories: ['math'], threshold: 0.9}, target: 'chat',
             bodyAgent: false},
           {name: 'models', match: {type: 'prefix', pattern: '/v1'}, target: 'pool:llm'},
           {name: 'path', match: {type: 'prefix', pattern: '/files'}, target: 'tag:dev', fallback: 'chat'}]}}
        """

    private func ask(_ target: String, _ body: String?, _ more: [(String, Node)] = []) throws -> Node {
        let generation = try ExplainTests.generation(Self.text)
        var params: [(String, Node)] = [("target", .string(target)), ("method", .string("POST"))]
        if let body { params.append(("body", .string(body))) }
        return try ExplainRequest.payload(.object(params + more), generation: generation) { _ in nil }
    }

    private func named(_ payload: Node, _ rule: String) throws -> Node {
        try #require(payload["scores"]?["rules"]?.elements?.first { $0["name"]?.string == rule })
    }

    private func asked(_ payload: Node) -> [String] {
        (payload["target"]?["pools"]?.elements ?? []).flatMap { pool in
            (pool["candidates"]?.elements ?? []).filter { $0["asked"]?.bool == true }.compactMap { $0["id"]?.string }
        }
    }

    // MARK: scores

    @Test("the rule wins that the text means, with every score, threshold, category and the nearest examples")
    func scores() throws {
        let payload = try ask("/chat", "{\"message\": \"帮我写一个 Python 函数反转链表\", \"stream\": true}")
        #expect(payload["match"]?["name"]?.string == "code" && payload["answer"]?.isNull == true)
        let rule = try named(payload, "code")
        #expect(rule["wins"]?.bool == true && rule["asked"]?.bool == true && rule["threshold"]?.json == "0.3")
        #expect(try named(payload, "math")["wins"]?.bool == false)
        let scores = try #require(payload["scores"])
        #expect(scores["tier"]?.string == "builtin")
        let categories = try #require(scores["categories"]?.elements)
        #expect(categories.count > 10 && categories.contains { $0["background"]?.bool == true })
        let code = try #require(categories.first { $0["name"]?.string == "code" })
        #expect(code["rules"]?.json == "[\"code\"]" && code["background"]?.bool == false)
        let nearest = try #require(scores["nearest"]?.elements)
        #expect(nearest.count == 5 && nearest.allSatisfy { $0["text"]?.string?.isEmpty == false })
        let told = payload["rules"]?.elements?.first { $0["name"]?.string == "code" }
        #expect(told?["reason"]?.string?.hasPrefix("scored ") == true)
    }

    @Test("scores are those that a loop would find")
    func sameScores() throws {
        let text = "why does this loop never end?"
        let generation = try ExplainTests.generation(Self.text)
        let scratch = JudgeScratch()
        let bytes = Array(text.utf8)
        _ = try #require(bytes.withUnsafeBytes { generation.meaning.routes?.judge($0, scratch) })
        let rule = try #require(generation.router.rules.first { $0.name == "code" })
        let score = Double(generation.meaning.score(of: rule.index, scratch.probabilities))
        let told = try named(ask("/chat", "{\"messages\": [{\"role\": \"user\", \"content\": \"\(text)\"}]}"), "code")
        #expect(abs((Double(told["score"]?.json ?? "") ?? -1) - score) < 0.0001)
    }

    @Test("a body without text is told why, and goes where requests without text go")
    func noText() throws {
        for (body, reason) in [
            ("{\"other\": 1}", "there is no text at messages[].content"), ("[1]", "the body is no JSON object"),
        ] {
            let payload = try ask("/chat", body)
            #expect(payload["match"]?["isDefault"]?.bool == true && payload["scores"]?.isNull == true)
            #expect(payload["body"]?["reason"]?.string?.hasPrefix(reason) == true, "\(payload["body"]?.json ?? "")")
            let rule = payload["rules"]?.elements?.first { $0["name"]?.string == "code" }
            #expect(rule?["reason"]?.string == "fits, but there is no text that could be judged")
        }
        let type = ("headers", Node.object([("Content-Type", .string("image/png"))]))
        let image = try ask("/chat", "{\"message\": \"write code\"}", [type])
        #expect(image["body"]?["read"]?.bool == false && image["match"]?["isDefault"]?.bool == true)
    }

    @Test("without a body nothing is said of its text")
    func noBody() throws {
        let payload = try ask("/chat", nil)
        #expect(
            payload["body"]?.isNull == true && payload["scores"]?.isNull == true && payload["models"]?.isNull == true)
        let rule = payload["rules"]?.elements?.first { $0["name"]?.string == "code" }
        #expect(rule?["reason"]?.string?.hasPrefix("fits; wins if its categories") == true)
    }

    @Test("what a rule by path takes scores too, and is told as not asked")
    func byPath() throws {
        let payload = try ask("/files/x", "{\"message\": \"write a function in Python\"}")
        #expect(payload["match"]?["name"]?.string == "path")
        #expect(try named(payload, "code")["asked"]?.bool == false)
    }

    @Test("the text is told with its place, length, language, complexity and tokens")
    func body() throws {
        let payload = try ask("/chat", "{\"messages\": [{\"role\": \"user\", \"content\": \"今天天气怎么样\"}]}")
        let body = try #require(payload["body"])
        #expect(body["path"]?.string == "messages[].content" && body["textBytes"]?.int == 21)
        #expect(body["text"]?.string == "今天天气怎么样" && body["language"]?.string == "zh")
        #expect(body["turns"]?.int == 1 && (body["tokens"]?.int ?? 0) > 3)
        #expect(body["complexity"]?["level"]?.string == "low")
        let long = String(repeating: "word ", count: 100)
        let text = try ask("/chat", "{\"message\": \"\(long)\"}")["body"]?["text"]?.string
        #expect(text?.count == 203 && text?.hasSuffix("...") == true)
    }

    // MARK: agent

    @Test(
        "the agent that a body names is chosen among those of the rule, by id or tag",
        arguments: [
            ("coder-2", ["coder-2"]), ("fast", ["coder"]), ("tag:dev", ["coder", "coder-2"]), ("chat", ["chat"]),
            ("talk", ["chat"]),
        ])
    func agents(name: String, asked: [String]) throws {
        let payload = try ask("/files/x", "{\"message\": \"hello\", \"agent\": \"\(name)\"}")
        #expect(payload["answer"]?.isNull == true && payload["body"]?["agent"]?.string == name)
        #expect(self.asked(payload) == asked, "\(payload["target"]?.json ?? "")")
    }

    @Test("an agent that the rule cannot reach is a 400, unless the rule leaves the field alone")
    func unknownAgent() throws {
        let refused = try ask("/files/x", "{\"message\": \"hello\", \"agent\": \"big\"}")
        #expect(refused["answer"]?["status"]?.int == 400 && refused["answer"]?["code"]?.string == "unknown_agent")
        #expect(refused["answer"]?["hint"]?.string?.contains("chat, coder, coder-2; tags: dev, fast, talk") == true)
        let text = Self.text.replacing("bodyAgent: false", with: "bodyAgent: false, priority: 9")
            .replacing("threshold: 0.9", with: "threshold: 0")
        let generation = try ExplainTests.generation(text)
        let params = Node.object([
            ("target", .string("/files/x")), ("method", .string("POST")),
            ("body", .string("{\"message\": \"hello\", \"agent\": \"big\"}")),
        ])
        let left = try ExplainRequest.payload(params, generation: generation) { _ in nil }
        #expect(left["match"]?["name"]?.string == "math" && left["answer"]?.isNull == true)
    }

    // MARK: models

    @Test(
        "the model is the first whose rule holds, and agents that serve it are asked",
        arguments: [
            ("{\"message\": \"hello there, how are you\"}", "mini", ["big", "other"]),
            ("{\"message\": \"今天天气怎么样\", \"model\": \"auto\"}", "claude", ["other"]),
            ("{\"message\": \"hello\", \"model\": \"gpt-4o\"}", "gpt-4o", ["big"]),
            ("{\"message\": \"hello\", \"model\": \"ghost\"}", "claude", ["other"]),
        ])
    func models(body: String, model: String, asked: [String]) throws {
        let payload = try ask("/v1/chat/completions", body)
        #expect(payload["models"]?["model"]?.string == model, "\(payload["models"]?.json ?? "")")
        #expect(self.asked(payload) == asked && payload["answer"]?.isNull == true)
    }

    @Test("every model rule is told with what its conditions found, and the chain with who serves it")
    func modelRows() throws {
        let models = try #require(try ask("/v1/x", "{\"message\": \"今天天气怎么样\"}")["models"])
        let rows = try #require(models["rules"]?.elements)
        #expect(rows.map { $0["rule"]?.string } == ["long", "chinese", nil])
        #expect(rows.map { $0["decides"]?.bool } == [false, true, false])
        #expect(rows[0]["findings"]?.elements?.first?["because"]?.string?.contains("not more than 300") == true)
        #expect(models["open"]?.bool == true && models["named"]?.isNull == true)
        let fallback = try #require(models["fallback"])
        #expect(
            fallback["chain"]?.json
                == "[{\"model\": \"claude\", \"agents\": [\"other\"]}, {\"model\": \"mini\", \"agents\": [\"big\", \"other\"]}]"
        )
        #expect(fallback["retries"]?.int == 1 && fallback["timeoutMs"]?.int == 5000)
    }

    @Test("a model that nobody serves is a 404 with those that are; other rules leave the field alone")
    func unserved() throws {
        let payload = try ask("/v1/x", "{\"message\": \"hello\", \"model\": \"nope\"}")
        #expect(payload["answer"]?["status"]?.int == 404 && payload["answer"]?["code"]?.string == "model_not_served")
        #expect(payload["answer"]?["hint"]?.string?.contains("claude, gpt-4o, mini") == true)
        #expect(try ask("/files/x", "{\"message\": \"hello\", \"model\": \"nope\"}")["models"]?.isNull == true)
    }
}
