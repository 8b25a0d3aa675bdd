/// What the names below a node are: declared keys in any of their spellings, or free. It lets documents be walked as
/// they are spelled.
enum Scope {
    /// A whole document: `gateway`, and the same keys beside it.
    case document([KeyInfo])
    /// An object of declared keys.
    case keys([KeyInfo])
    /// A list of such objects.
    case entries([KeyInfo], identity: String?)
    /// Free names, each with such an object.
    case names([KeyInfo])
    /// The value of the declared key at the index.
    case value([KeyInfo], Int)
    /// Nothing is declared here: a key of a later version, or what a value holds.
    case free

    /// What stands at a declared key.
    init(at index: Int, of keys: [KeyInfo]) {
        switch keys[index].nature {
        case .section, .optionalSection: self = .keys(keys[index].children)
        case .list(let identity): self = .entries(keys[index].children, identity: identity)
        case .map: self = .names(keys[index].children)
        case .value: self = .value(keys, index)
        case .later: self = .free
        }
    }

    /// The keys that the names mean; nil where names are free.
    var keys: [KeyInfo]? {
        switch self {
        case .document(let keys), .keys(let keys): keys
        case .entries, .names, .value, .free: nil
        }
    }

    /// The index of the key that a name means.
    static func index(of name: String, among keys: [KeyInfo]) -> Int? {
        keys.firstIndex { $0.name == name } ?? keys.firstIndex { $0.spellings.contains(name) }
    }

    /// The names under which a document may have a member.
    func spellings(of canonical: String) -> [String] {
        guard let keys, let key = keys.first(where: { $0.name == canonical }) else { return [canonical] }
        return key.spellings
    }

    /// The canonical name of a member; its own where nothing declares it.
    func canonical(_ name: String) -> String {
        guard let keys, let index = Scope.index(of: name, among: keys) else { return name }
        return keys[index].name
    }

    /// What stands at a member, by any of its names.
    func below(_ name: String) -> Scope {
        switch self {
        case .document(let keys) where name == Scope.wrapper: return .keys(keys)
        case .document(let keys), .keys(let keys):
            guard let index = Scope.index(of: name, among: keys) else { return .free }
            return Scope(at: index, of: keys)
        case .names(let keys): return .keys(keys)
        // an entry that stands for a list of it
        case .entries(let keys, _):
            return Scope.index(of: name, among: keys).map { Scope(at: $0, of: keys) } ?? .free
        case .value, .free: return .free
        }
    }

    /// What an element of a list is.
    var element: Scope {
        if case .entries(let keys, _) = self { .keys(keys) } else { .free }
    }

    /// The member that holds the whole configuration.
    static let wrapper = "gateway"
    /// A member of documents that is for editors.
    static let schema = "$schema"
}

extension Scope {
    /// A value brought to canonical names; unknown ones are reported and left out.
    func canonical(_ node: Node, _ reading: inout Reading) -> Node {
        switch (self, node.value) {
        case (.keys(let keys), _):
            return Spelling.canonical(node, keys, &reading)
        case (.entries(let keys, _), .array(let elements)):
            let entries = elements.enumerated().map { index, element in
                reading.under("[\(index)]") { Spelling.canonical(element, keys, &$0) }
            }
            return Node(.array(entries), at: node.position)
        case (.entries(let keys, _), .object):
            return Spelling.canonical(node, keys, &reading)
        case (.names(let keys), .object(let members)):
            let entries = members.map { member in
                Node.Member(
                    name: member.name, namePosition: member.namePosition,
                    node: reading.under(member.name) { Spelling.canonical(member.node, keys, &$0) })
            }
            return Node(.object(entries), at: node.position)
        default:
            return node
        }
    }
}

extension Scope {
    /// The same text for nodes that say the same (`isSame`) under their canonical names.
    func text(of node: Node) -> String {
        var unheard = Reading()
        return Scope.text(canonical(node, &unheard))
    }

    private static func text(_ node: Node) -> String {
        switch node.value {
        case .number(let literal):
            if let whole = NumberLiteral.integer(literal) { return String(whole) }
            return NumberLiteral.double(literal).map { "\($0)" } ?? literal
        case .array(let elements):
            return "[" + elements.map(text).joined(separator: ",") + "]"
        case .object(let members):
            let sorted = members.sorted { $0.name < $1.name }
            return "{" + sorted.map { "\(JSONText.quoted($0.name)):\(text($0.node))" }.joined(separator: ",") + "}"
        case .null, .bool, .string:
            return JSONText.compact(node)
        }
    }
}
