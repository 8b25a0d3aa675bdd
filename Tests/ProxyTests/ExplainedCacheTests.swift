@testable import Proxy
import Settings
import Testing

@Suite("explain says whether the cache is asked, and why not")
struct ExplainedCacheTests {
    private static let text = """
        {auth: {tokens: [{name: 'ci', tenant: 'build', token: 'ci-token-1'}]},
         agents: {discovery: {static: [
           {id: 'a', endpoint: 'http://10.0.0.1:9090'}, {id: 'm', endpoint: 'http://10.0.0.2:9090', kind: 'llm'}]}},
         cache: {layers: [{name: 'L1', type: 'memory'},
                          {name: 'chat', type: 'memory', keyPattern: 'agent:response:chat:*'}],
                 requestCache: {enabled: true}},
         routing: {rules: [
           {name: 'chat', match: {type: 'prefix', pattern: '/chat'}, target: 'm', requiresAuth: true},
           {name: 'off', match: {type: 'prefix', pattern: '/off'}, target: 'm', cache: 'off'},
           {name: 'claw', match: {type: 'prefix', pattern: '/claw'}, target: 'a'},
           {name: 'get', match: {type: 'prefix', pattern: '/get'}, target: 'm', cache: {strategy: 'http'}}]}}
        """

    private func cache(_ params: String, _ text: String = text) throws -> Node {
        let generation = try ExplainTests.generation(text)
        let question = try JSONReader.read(Array(params.utf8), source: "params", dialect: .json5)
        return try #require(try ExplainRequest.payload(question, generation: generation) { _ in nil }["cache"])
    }

    private static let ask = #""{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}""#
    private static let sendsJSON = "'Content-Type': 'application/json'"

    @Test(
        "a GET is looked up; what is not is told why",
        arguments: [
            ("{target: '/claw'}", nil), ("{target: '/off'}", "the rule's cache is off"),
            ("{target: '/claw', body: 'x'}", "a GET with content is never"),
            ("{target: '/claw', method: 'DELETE'}", "DELETE is not answered"),
            ("{target: '/claw', headers: {'Cache-Control': 'no-store'}}", "the request says no-store"),
            ("{target: '/claw', method: 'POST', body: \(ask)}", "answers to POST are kept of agents of kind llm alone"),
            ("{target: '/get', method: 'POST', body: \(ask)}", "answers to POST are kept where"),
        ] as [(String, String?)])
    func asked(params: String, reason: String?) throws {
        let cache = try cache(params)
        #expect(cache["asked"]?.bool == (reason == nil))
        #expect(cache["reason"]?.string?.hasPrefix(reason ?? "") ?? (reason == nil), "\(cache.json)")
    }

    @Test("a POST to a model is, under its tenant's name, in layers that take it")
    func post() throws {
        let fields = "{Authorization: 'Bearer ci-token-1', \(Self.sendsJSON)}"
        let cache = try cache("{target: '/chat', method: 'POST', headers: \(fields), body: \(Self.ask)}")
        #expect(cache["asked"]?.bool == true, "\(cache.json)")
        #expect(cache["name"]?.string == "agent:response:chat:build:DIGEST" && cache["strategy"]?.string == "exact")
        #expect(cache["layers"]?.elements?.map(\.string) == ["L1", "chat", "requests"])
    }

    @Test("layers that take no such name are left out, and so is that of requests for a GET")
    func layers() throws {
        #expect(try cache("{target: '/claw'}")["layers"]?.elements?.map(\.string) == ["L1"])
    }

    @Test("without a cache there is nothing to say")
    func none() throws { #expect(try cache("{target: '/open'}", ExplainTests.text).isNull) }
}
