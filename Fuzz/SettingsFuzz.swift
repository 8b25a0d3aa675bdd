internal import Settings

/// A configuration of each kind of key.
struct FuzzRoot: Section {
    struct Rule: Section {
        var name = ""
        var pattern: String?
        var weight = 1

        static var keys: [Key<Rule>] {
            [
                .value("name", \.name, "the name", check: Check.nonEmpty), .value("pattern", \.pattern, "a pattern"),
                .value("weight", \.weight, "a share", check: Check.range(0...100)),
            ]
        }
    }

    var listen: OneOrMany<ListenAddress> = [.tcp(host: "0.0.0.0", port: 8080)]
    var wait = Duration.seconds(30)
    var most = ByteSize.mebibytes(50)
    var held = EntriesOrBytes.entries(5)
    var share = Ratio(0.5)
    var networks: [CIDR] = []
    var token = Secret("")
    var redis = RedisSettings()
    var words: [String: OneOrMany<String>] = [:]
    var rules: [Rule] = []
    var pools: [String: Rule] = [:]

    static var keys: [Key<FuzzRoot>] {
        [
            .value("listen", \.listen, "where"), .value("wait", \.wait, "how long", check: Check.positive),
            .value("most", \.most, "how much"), .value("held", \.held, "how many"), .value("share", \.share, "a part"),
            .value("networks", \.networks, "of whom"), .value("token", \.token, "a secret", secret: true),
            .section("redis", \.redis, "a Redis"), .value("words", \.words, "words by name"),
            .list("rules", \.rules, "rules", identity: "name"), .map("pools", \.pools, "by name"),
            .later("tls", "encryption", protects: true),
        ]
    }
}

/// What is done with a text, by the first byte of the input.
private enum Deed: UInt8 {
    case dialects, yaml, loadJSON, loadYAML, editJSON, editYAML, looseText
}

/// The entry of libFuzzer. Nothing traps; what is read as strict JSON is the same as JSON5; what is wrong is told in lines;
/// a text that is edited to what it says already keeps its bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSettings(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let data, size > 1, let deed = Deed(rawValue: data[0] % 7) else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 1, count: size - 1))
    switch deed {
    case .dialects: dialects(bytes)
    case .yaml:
        let all = try? YAMLReader.readAll(bytes, source: "f")
        let one = try? YAMLReader.read(bytes, source: "f")
        if let all, let one, let first = all.first { precondition(same(first, one), "one document, read twice") }
    case .loadJSON: load(bytes, "f.json")
    case .loadYAML: load(bytes, "f.yaml")
    case .editJSON: edit(bytes, "f.json")
    case .editYAML: edit(bytes, "f.yaml")
    case .looseText: loose(bytes)
    }
    return 0
}

/// NaN, which is equal to nothing, is written in no strict text.
private func same(_ one: Node, _ two: Node) -> Bool { one.isSame(as: two) && two.isSame(as: one) }

private func dialects(_ bytes: [UInt8]) {
    let strict = try? JSONReader.read(bytes, source: "f", dialect: .strict)
    let loose = try? JSONReader.read(bytes, source: "f", dialect: .json5)
    _ = try? JSONReader.read(bytes, source: "f", dialect: .json5, duplicates: .lastStays)
    guard let strict else { return }
    precondition(loose.map { same(strict, $0) } ?? false, "JSON is a part of JSON5")
}

private func load(_ bytes: [UInt8], _ path: String) {
    let configuration = Configuration<FuzzRoot>.load(
        Inputs(configFiles: [path], environment: ["NAME": "value"]) { $0 == path ? .bytes(bytes) : .missing })
    for problem in configuration.problems {
        precondition(!problem.description.isEmpty && !problem.description.contains("\n"), "a problem is one line")
    }
}

private func edit(_ bytes: [UInt8], _ path: String) {
    guard let text = try? DocumentText(bytes, path: path) else { return }
    if let again = try? text.edited(to: text.node) { precondition(again == bytes, "nothing was changed") }
    // one more member, or in a list one more element; whatever comes of it must say so when it is read
    let added = Node(.string("- # \"added\": {"), at: text.node.position)
    var target = text.node
    switch target.value {
    case .object(let members) where !members.contains { $0.name == "added key" }:
        target.value = .object(members + [Node.Member(name: "added key", namePosition: added.position, node: added)])
    case .array(let elements): target.value = .array(elements + [added])
    default: return
    }
    if let edited = try? text.editedText(to: target) { precondition(same(edited.node, target), "it says what it was to say") }
}

/// A flag's key and value, and a variable's.
private func loose(_ bytes: [UInt8]) {
    let words = String(decoding: bytes, as: UTF8.self).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2 else { return }
    let configuration = Configuration<FuzzRoot>.load(
        Inputs(environment: ["OPENCLAW_GATEWAY_LISTEN": String(words[1])], flags: [(String(words[0]), String(words[1]))]) { _ in .missing })
    _ = configuration.origin(of: String(words[0]))
}
