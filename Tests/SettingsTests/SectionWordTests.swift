import Settings
import Testing

/// A section that a word may stand for.
private struct Keeping: Section {
    var strategy: String?
    var ttl: Duration?

    init() {}

    static let keys: [Key<Keeping>] = [
        .value("strategy", \.strategy, "what is kept"), .value("ttl", \.ttl, "how long"),
    ]
}

private struct Rule: Section {
    var name = ""
    var keep = Keeping()

    init() {}

    static let keys: [Key<Rule>] = [
        .required("name", \.name, "its name"),
        .section("keep", \.keep, "what is kept of it", word: "strategy", aliases: ["keepIt"]),
    ]
}

private struct Rules: Section {
    var rules: [Rule] = []
    var keep = Keeping()

    init() {}

    static let keys: [Key<Rules>] = [
        .list("rules", \.rules, "rules", identity: "name"), .section("keep", \.keep, "of all", word: "strategy"),
    ]
}

@Suite("a section may be written as the one word that says it all")
struct SectionWordTests {
    private func load(_ texts: String..., environment: [String: String] = [:]) -> Configuration<Rules> {
        let names = texts.indices.map { "\($0).json5" }
        return Configuration<Rules>.load(
            Inputs(configFiles: names, environment: environment) { path in
                names.firstIndex(of: path).map { .bytes(Array(texts[$0].utf8)) } ?? .missing
            })
    }

    @Test("the word is the value of the key, in entries of lists too, in any spelling of the section")
    func word() {
        let loaded = load("{keep: 'off', rules: [{name: 'a', keep: 'exact'}, {name: 'b', keep_it: 'off'}]}")
        #expect(loaded.problems.isEmpty, "\(loaded.problems.map(\.description))")
        #expect(loaded.root.keep.strategy == "off")
        #expect(loaded.root.rules.map(\.keep.strategy) == ["exact", "off"])
    }

    @Test("the object says the same, and later layers merge with the word")
    func merged() {
        let loaded = load("{keep: 'off'}", "{keep: {ttl: '5s'}}")
        #expect(loaded.root.keep.strategy == "off" && loaded.root.keep.ttl == .seconds(5))
        #expect(load("{keep: {strategy: 'off'}}").root.keep == load("{keep: 'off'}").root.keep)
    }

    @Test("variables are filled into it")
    func variables() {
        let loaded = load("{keep: '${KEEP}'}", environment: ["KEEP": "exact"])
        #expect(loaded.problems.isEmpty && loaded.root.keep.strategy == "exact")
    }

    @Test("anything else than a string is refused as it was", arguments: ["false", "1", "['off']"])
    func others(value: String) {
        let problems = load("{keep: \(value)}").problems
        #expect(problems.count == 1 && problems.first?.path == "gateway.keep", "\(problems.map(\.description))")
    }

    @Test("the reference and the schema say so")
    func reference() throws {
        #expect(Reference.markdown(Rules.self).contains("section, or its `strategy` alone"))
        let text = try #require(Reference.schema(Rules.self, at: "keep"))
        let schema = try JSONReader.read(Array(text.utf8), source: "schema", dialect: .strict)
        let pointer = try #require(schema["anyOf"]?.elements?.last?["$ref"]?.string)
        let end = pointer.split(separator: "/").dropFirst().reduce(Optional(schema)) { node, name in
            Int(name).flatMap { index in node?.elements.map { $0[index] } } ?? node?[String(name)]
        }
        #expect(end?["description"]?.string == "what is kept")
    }
}
