internal import Settings

/// A change that an operator asks for, its parameters checked.
struct ChangeRequest: Sendable {
    enum Kind: Sendable {
        /// A JSON5 object merged into the target file.
        case patch(raw: String, replacePaths: [String])
        /// A whole document in the target file's place.
        case apply(raw: String)
        case set(key: String, value: Node)
        case unset(key: String)
        /// A version of the history: so many steps back, or by its number.
        case rollback(steps: Int, number: Int?)
        /// These bytes, or an empty document where there was no file: how a change is taken back.
        case restore([UInt8]?)
    }

    var kind: Kind
    var baseHash: String?
    var note = ""
    /// Why, where the proxy itself takes something back.
    var reason = ""
    var dryRun = false
    /// For this process alone, until it restarts.
    var isEphemeral = false
    /// Rolled back unless confirmed within so many milliseconds.
    var confirmMs: Int?
    /// Every replica, or none.
    var isForAll = false
    var transaction: String?

    /// Who changed it, in the history.
    var by: String {
        switch kind {
        case .patch: "patch"
        case .apply: "apply"
        case .set: "set"
        case .unset: "unset"
        case .rollback, .restore: "rollback"
        }
    }

    init(_ kind: Kind, baseHash: String? = nil) {
        self.kind = kind
        self.baseHash = baseHash
    }

    /// Reads `params` of a method `config.patch`, `.apply`, `.set`, `.unset` or `.rollback`; unknown ones are refused.
    init(_ method: String, _ params: Node) throws(ControlFailure) {
        var reader = try Parameters(params, of: method)
        switch method {
        case "config.patch":
            let raw = try reader.string("raw")
            kind = .patch(raw: raw ?? "", replacePaths: try reader.strings("replacePaths"))
            guard raw != nil else { throw reader.missing("raw", "JSON5 text of one object") }
            isEphemeral = try reader.flag("ephemeral")
        case "config.apply":
            guard let raw = try reader.string("raw") else { throw reader.missing("raw", "the text of a whole document") }
            kind = .apply(raw: raw)
        case "config.set":
            guard let key = try reader.string("key") else { throw reader.missing("key", "a key such as logging.level") }
            guard let value = reader.take("value") else { throw reader.missing("value", "any JSON value") }
            kind = .set(key: key, value: value)
            isEphemeral = try reader.flag("ephemeral")
        case "config.unset":
            guard let key = try reader.string("key") else { throw reader.missing("key", "a key such as logging.level") }
            kind = .unset(key: key)
            isEphemeral = try reader.flag("ephemeral")
        default:
            let number = try reader.count("number")
            kind = .rollback(steps: try reader.count("steps") ?? 1, number: number)
        }
        baseHash = try reader.string("baseHash")
        note = try reader.string("note") ?? ""
        dryRun = try reader.flag("dryRun")
        confirmMs = try reader.count("confirmMs")
        isForAll = try reader.flag("all")
        try reader.end()
        guard note.utf8.count <= 1000 else { throw .invalid("note: at most 1000 bytes; shorten it") }
        if let confirmMs, !(100...86_400_000).contains(confirmMs) {
            throw .invalid("confirmMs: expected 100 to 86400000 (a day), found \(confirmMs)")
        }
        if isEphemeral, isForAll { throw .invalid("ephemeral and all exclude each other; patch each replica with --ephemeral") }
        if isEphemeral, confirmMs != nil {
            throw .invalid("ephemeral and confirmMs exclude each other: an ephemeral change ends with the process; unset it with --ephemeral")
        }
        if isForAll, confirmMs != nil {
            throw .invalid("all and confirmMs exclude each other; try the change on one replica with --confirm first, then send it to all")
        }
    }
}

/// Takes parameters out of an object one by one; what is left over at the end is refused by name.
struct Parameters {
    private let method: String
    private var left: [Node.Member]
    private var taken: [String] = []

    init(_ params: Node, of method: String) throws(ControlFailure) {
        self.method = method
        guard !params.isNull else {
            left = []
            return
        }
        guard let members = params.members else { throw .invalid("params of \(method): expected an object") }
        left = members
    }

    /// A member, unless it is null or not there.
    mutating func take(_ name: String) -> Node? {
        taken.append(name)
        guard let index = left.firstIndex(where: { $0.name == name }) else { return nil }
        let node = left.remove(at: index).node
        return node.isNull && name != "value" ? nil : node
    }

    mutating func string(_ name: String) throws(ControlFailure) -> String? {
        guard let node = take(name) else { return nil }
        guard let text = node.string else { throw wrong(name, "a string", node) }
        return text
    }

    mutating func flag(_ name: String) throws(ControlFailure) -> Bool {
        guard let node = take(name) else { return false }
        guard let value = node.bool else { throw wrong(name, "true or false", node) }
        return value
    }

    mutating func count(_ name: String) throws(ControlFailure) -> Int? {
        guard let node = take(name) else { return nil }
        guard let value = node.int, value >= 0 else { throw wrong(name, "a whole number from 0 up", node) }
        return value
    }

    mutating func strings(_ name: String) throws(ControlFailure) -> [String] {
        guard let node = take(name) else { return [] }
        let texts = node.elements?.compactMap(\.string)
        guard let texts, texts.count == node.elements?.count else { throw wrong(name, "a list of strings", node) }
        return texts
    }

    func missing(_ name: String, _ expected: String) -> ControlFailure {
        .invalid("params of \(method): \(name) is missing; expected \(expected)")
    }

    func wrong(_ name: String, _ expected: String, _ node: Node) -> ControlFailure {
        .invalid("params of \(method): \(name): expected \(expected), found \(Reading().found(node))")
    }

    func end() throws(ControlFailure) {
        guard let extra = left.first else { return }
        let near = Nearest.hint(for: extra.name, among: taken)
        throw .invalid(
            "params of \(method): unknown parameter '\(extra.name)'\(near.isEmpty ? "; there are \(taken.joined(separator: ", "))" : near)")
    }
}
