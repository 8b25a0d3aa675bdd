@testable import Proxy
import Settings
import Testing

@Suite("what rules and the cache ask for must fit together")
struct CacheChecksTests {
    private func problems(cache: String, rule: String = "", kind: String = "openclaw") -> [String] {
        let text = """
            {agents: {discovery: {static: [{id: 'a', endpoint: 'http://10.0.0.1:1', kind: '\(kind)'}]}},
             cache: \(cache),
             routing: {rules: [{name: 'r', match: {type: 'prefix', pattern: '/'}, target: 'a', \(rule)}]}}
            """
        let loaded = Configuration<GatewaySettings>.load(
            Inputs(configFiles: ["t.json5"]) { $0 == "t.json5" ? .bytes(Array(text.utf8)) : .missing })
        return loaded.problems.map { "\($0.severity) \($0.path): \($0.message)" }
    }

    private static let layer = "{layers: [{type: 'memory'}]}"

    @Test(
        "what fits is not told of",
        arguments: [
            ("{}", "", "openclaw"), ("{}", "cache: 'off'", "openclaw"), (layer, "cache: 'http'", "openclaw"),
            (layer, "cache: 'exact'", "llm"), (layer, "cache: 'exact', kind: 'llm'", "openclaw"),
            (layer, "cache: {authorization: true}", "llm"), (layer, "cache: {tenant: false}", "llm"),
            ("{requestCache: {enabled: true}}", "", "llm"),
        ])
    func fitting(cache: String, rule: String, kind: String) {
        #expect(problems(cache: cache, rule: rule, kind: kind) == [])
    }

    @Test(
        "what would keep nothing, or too much, is",
        arguments: [
            ("{}", "cache: 'exact'", "llm", "warning gateway.routing.rules[0].cache.strategy: keeps nothing"),
            (
                "{enabled: false, layers: [{type: 'memory'}]}", "cache: 'http'", "llm",
                "warning gateway.routing.rules[0].cache.strategy: keeps nothing: cache.enabled is false"
            ),
            (layer, "cache: 'exact'", "openclaw", "warning gateway.routing.rules[0].cache.strategy: keeps no answer"),
            (
                layer, "cache: {authorization: true, tenant: false}", "llm",
                "warning gateway.routing.rules[0].cache.authorization: with tenant: false"
            ),
            (
                "{requestCache: {enabled: true}}", "", "openclaw",
                "warning gateway.cache.requestCache.enabled: nobody is of kind llm"
            ),
            (
                "{layers: [{type: 'memory'}], collapse: {lease: true}}", "", "llm",
                "warning gateway.cache.collapse.lease"
            ),
            (
                "{layers: [{type: 'disk', directory: '/x'}, {type: 'disk', directory: '/x'}]}", "", "llm",
                "error gateway.cache.layers: the directory '/x' is that of layer 'L1-disk'"
            ),
        ])
    func unfitting(cache: String, rule: String, kind: String, wanted: String) {
        let problems = problems(cache: cache, rule: rule, kind: kind)
        #expect(problems.count == 1 && problems.first?.hasPrefix(wanted) == true, "\(problems)")
    }
}
