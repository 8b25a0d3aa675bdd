import Settings

/// Random documents of a depot: the members of `gateway` under canonical names, and the same spelled and placed as
/// people do.
struct RandomDepot {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(state: seed) }

    /// The members of `gateway`. A patch has entries of one name twice now and then.
    mutating func canonical(isPatch: Bool = false) -> Node {
        object(Depot.info, isPatch: isPatch)
    }

    private mutating func object(_ keys: [KeyInfo], isPatch: Bool, with identity: String? = nil) -> Node {
        var members: [(String, Node)] = []
        for key in keys where key.name == identity || chance(keys.count > 8 ? 3 : 2) {
            if key.name != identity, chance(isPatch ? 5 : 12) {
                members.append((key.name, Node(.null)))
                continue
            }
            switch key.nature {
            case .value where key.name == identity: members.append((key.name, .string(word())))
            case .value: members.append((key.name, value(key)))
            case .later: members.append((key.name, free(2, isPatch: isPatch)))
            case .section, .optionalSection: members.append((key.name, object(key.children, isPatch: isPatch)))
            case .list(let identity):
                var names: Set<String> = []
                let entries = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    object(key.children, isPatch: isPatch, with: identity)
                }
                // Two of one name are no configuration, but may stand in a patch.
                let unique = entries.filter { entry in
                    isPatch || (identity.flatMap { entry[$0]?.string }.map { names.insert($0).inserted } ?? true)
                }
                members.append((key.name, Node(.array(unique))))
            case .map:
                let names = Set((0..<Int.random(in: 0...3, using: &random)).map { _ in word() }).sorted()
                members.append((key.name, .object(names.map { ($0, object(key.children, isPatch: isPatch)) })))
            }
        }
        return .object(members)
    }

    private mutating func value(_ key: KeyInfo) -> Node {
        switch key.shape.kind {
        case .map:
            let names = Set((0..<Int.random(in: 0...2, using: &random)).map { _ in word() }).sorted()
            return .object(names.map { ($0, .string(word())) })
        case .list: return Node(.array((0..<Int.random(in: 0...2, using: &random)).map { _ in .string(word()) }))
        default: return chance(2) ? .string(word()) : Node(.number(String(Int.random(in: 0...3, using: &random))))
        }
    }

    private mutating func free(_ depth: Int, isPatch: Bool) -> Node {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 2), using: &random) {
        case 0: return .string(word())
        case 1: return Node(.number("1"))
        case 2, 3:
            let names = Set((0..<Int.random(in: 0...3, using: &random)).map { _ in word() }).sorted()
            return .object(
                names.map { ($0, chance(isPatch ? 4 : 9) ? Node(.null) : free(depth - 1, isPatch: isPatch)) })
        case 4:
            return Node(
                .array(
                    (0..<Int.random(in: 0...3, using: &random)).map { _ in
                        .object([("id", .string(word())), (word(), free(depth - 1, isPatch: isPatch))])
                    }))
        default:
            return Node(
                .array((0..<Int.random(in: 0...3, using: &random)).map { _ in free(depth - 1, isPatch: isPatch) }))
        }
    }

    /// The same configuration as a file may have it: under `gateway`, at the root, or in both places.
    mutating func dressed(_ canonical: Node) -> Node {
        let style = Int.random(in: 0..<3, using: &random)
        if style == 0 { return .object([("gateway", spelled(canonical, Depot.info))]) }
        if style == 1 { return spelled(canonical, Depot.info) }
        let (inside, outside) = split(canonical)
        let members = (spelled(outside, Depot.info).members ?? []).map { ($0.name, $0.node) }
        return .object([("gateway", spelled(inside, Depot.info))] + members)
    }

    /// The canonical form of a document, as a layer has it. Values of wrong types are no matter here.
    static func undressed(_ document: Node) throws -> Node {
        let bytes = Array(document.json.utf8)
        let configuration = Configuration<Depot>.load(
            Inputs(configFiles: ["f"]) { $0 == "f" ? .bytes(bytes) : .missing })
        for line in configuration.lines where line.contains("given twice") || line.contains("unknown key") {
            throw Wrong(description: "\(document.json): \(line)")
        }
        return configuration.layers.first?.node ?? Node(.null)
    }

    struct Wrong: Error, CustomStringConvertible { let description: String }

    private mutating func split(_ node: Node) -> (Node, Node) {
        guard let members = node.members else { return (node, node) }
        var (inside, outside): ([Node.Member], [Node.Member]) = ([], [])
        for member in members {
            let place = Int.random(in: 0..<3, using: &random)
            var (one, two) = (member, member)
            if place == 2 { (one.node, two.node) = split(member.node) }
            if place != 1 { inside.append(one) }
            if place != 0 { outside.append(two) }
        }
        return (Node(.object(inside)), Node(.object(outside)))
    }

    /// Members under any of their names, in another order now and then.
    private mutating func spelled(_ node: Node, _ keys: [KeyInfo]) -> Node {
        guard let members = node.members else { return node }
        let spelled = members.map { member in
            guard let key = keys.first(where: { $0.name == member.name }) else { return (member.name, member.node) }
            let name = key.spellings.randomElement(using: &random) ?? key.name
            return (name, inner(member.node, key))
        }
        return .object(chance(3) ? spelled.shuffled(using: &random) : spelled)
    }

    private mutating func inner(_ node: Node, _ key: KeyInfo) -> Node {
        switch (key.nature, node.value) {
        case (.section, _), (.optionalSection, _): return spelled(node, key.children)
        case (.list, .array(let entries)): return Node(.array(entries.map { spelled($0, key.children) }))
        case (.map, .object(let members)):
            return .object(members.map { ($0.name, spelled($0.node, key.children)) })
        default: return node
        }
    }

    private mutating func word() -> String { ["a", "b", "c", "d_e", "fG"].randomElement(using: &random) ?? "a" }

    private mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }
}
