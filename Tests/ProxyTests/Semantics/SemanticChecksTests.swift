import Foundation
@testable import Proxy
import Settings
import Testing

@Suite("what semantic rules, rules for models and tiers name must be there")
struct SemanticChecksTests {
    private let folder = ScratchFolder()

    private func problems(_ more: String, rules: String = "", models: String = "", routing: String = "") -> [String] {
        let text = """
            {agents: {discovery: {static: [{id: 'a', endpoint: 'http://10.0.0.1:1', kind: 'llm' \(models)}]}},
             routing: {default: 'a', rules: [\(rules)] \(routing)}, \(more)}
            """
        let loaded = Configuration<GatewaySettings>.load(
            Inputs(configFiles: ["t.json5"]) { $0 == "t.json5" ? .bytes(Array(text.utf8)) : .missing })
        return loaded.problems.map { "\($0.severity) \($0.path): \($0.message)" }
    }

    private static func rule(_ categories: String) -> String {
        "{name: 'r', match: {type: 'semantic', categories: [\(categories)]}, target: 'a'}"
    }

    private func tier(_ more: String) -> String { "semantic: {tiers: [{name: 't', \(more)}]}" }

    @Test("a model that is there, and names that exist, are not told of")
    func fitting() {
        for name in ["config.json", "model.safetensors"] {
            _ = FileManager.default.createFile(atPath: folder.file(name), contents: Data())
        }
        let own = "categories: {mine: {examples: ['a b', 'c d']}}"
        let found = problems(
            tier("type: 'bert', path: '\(folder.path)'") + ", modelRouting: {rules: ["
                + "{name: 'm', model: 'x', condition: {taskType: ['mine', 'translation']}}]}",
            rules: Self.rule("'code', 'Mine'"), models: ", models: ['x']",
            routing: ", semantic: {text: ['message', 'messages[].content'], \(own)}")
        #expect(found == [])
    }

    @Test("files of a model that are not there keep the proxy from starting, and say what to do")
    func files() {
        func found(_ path: String) -> [String] {
            problems(tier("type: 'bert', path: '\(path)'"), rules: Self.rule("'code'"))
        }
        let key = "unready gateway.semantic.tiers[0].path: "
        let none = folder.file("none")
        #expect(found(none).map { $0.hasPrefix(key + "'\(none)' cannot be read: no such file") } == [true])
        #expect(found(folder.path).map { $0.hasPrefix(key + "config.json in ") } == [true])
        _ = FileManager.default.createFile(atPath: folder.file("config.json"), contents: Data())
        #expect(found(folder.path).map { $0.hasPrefix(key + "model.safetensors in ") } == [true])
        #expect(found(folder.path).map { $0.hasSuffix("copy the model's whole directory there") } == [true])
        #expect(found(folder.file("config.json")).map { $0.contains("is no directory") } == [true])
    }

    @Test(
        "what is wrong is told where it stands",
        arguments: [
            (
                "semantic: {tiers: [{name: 't', type: 'endpoint', url: 'http://e/', model: 'm'}]}", "", "",
                "warning gateway.semantic.tiers: have no effect"
            ),
            (
                "semantic: {tiers: [{name: 'builtin', type: 'endpoint', url: 'http://e/', model: 'm'}]}",
                rule("'code'"), "",
                "error gateway.semantic.tiers[0].name: is the name of the built-in"
            ),
            (
                "semantic: {tiers: [{name: 't', type: 'endpoint', url: 'http://e:99999/', model: 'm'}]}",
                rule("'code'"), "",
                "error gateway.semantic.tiers[0].url: expected a port"
            ),
            (
                "", rule("'code', 'kode'"), "",
                "error gateway.routing.rules[0].match.categories[1]: no category 'kode'; did you mean 'code'?"
            ),
            (
                "", rule("'code'"), ", semantic: {text: ['message', 'a..b']}",
                "error gateway.routing.semantic.text[1]: path 'a..b' has an empty name"
            ),
            (
                "modelRouting: {rules: [{name: 'm', model: 'x', condition: {taskType: 'translatoin'}}]}", "", "",
                "error gateway.modelRouting.rules[0].condition.taskType: no category 'translatoin'; did you mean "
                    + "'translation'?"
            ),
            (
                "semantic: {tiers: [{name: 't', type: 'endpoint', url: 'http://e/', model: ''}]}", rule("'code'"), "",
                "error gateway.semantic.tiers[0].model: is empty: expected the endpoint's name for it"
            ),
            (
                "semantic: {tiers: [{name: 't', type: 'endpoint', url: 'http://e/', model: 'm', pooling: 'cls'}]}",
                rule("'code'"), "",
                "warning gateway.semantic.tiers[0].pooling: has no effect on tiers of type endpoint; leave it out"
            ),
            (
                "", rule("'mine'"), ", semantic: {categories: {mine: {}}}",
                "error gateway.routing.semantic.categories.mine: says nothing: expected examples or a description"
            ),
            (
                "", rule("'mine'"), ", semantic: {categories: {mine: {negatives: ['a b']}}}",
                "error gateway.routing.semantic.categories.mine: category 'mine' has nothing to be learnt from"
            ),
            (
                "modelRouting: {defaultModel: 'gpt'}", "", "",
                "warning gateway.modelRouting.defaultModel: no agent lists the model 'gpt'"
            ),
        ])
    func unfitting(more: String, rules: String, routing: String, wanted: String) {
        let found = problems(more, rules: rules, models: ", models: ['x']", routing: routing)
        #expect(found.count == 1 && found.first?.hasPrefix(wanted) == true, "\(found)")
    }

    @Test("keys that only endpoints have are told of on other tiers")
    func idleKeys() {
        for name in ["config.json", "model.safetensors"] {
            _ = FileManager.default.createFile(atPath: folder.file(name), contents: Data())
        }
        let found = problems(
            tier("type: 'bert', path: '\(folder.path)', batch: 8, model: 'm', prefix: 'query: '"), rules: Self.rule("'code'"))
        let suffix = ": has no effect but on tiers of type endpoint; leave it out"
        #expect(found.sorted() == ["batch", "model"].map { "warning gateway.semantic.tiers[0].\($0)" + suffix })
    }

    @Test("examples may have 512 KiB together")
    func bytes() {
        func found(_ count: Int) -> [String] {
            let texts = (0..<count).map { "'\($0) " + String(repeating: "ab ", count: 1360) + "'" }
            return problems(
                "", rules: Self.rule("'mine'"),
                routing: ", semantic: {categories: {mine: {examples: [\(texts.joined(separator: ", "))]}}}")
        }
        #expect(found(120) == [])
        let many = found(130)
        #expect(many.count == 1)
        #expect(
            many.first?.hasPrefix(
                "error gateway.routing.semantic.categories: expected examples and negatives of at most 512 KiB in all, found 519 KiB; ")
                == true, "\(many)")
    }
}
