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
            guard let raw = try reader.string("raw") else {
                throw reader.missing("raw", "the text of a whole document")
            }
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
        if isEphemeral, isForAll {
            throw .invalid("ephemeral and all exclude each other; patch each replica with --ephemeral")
        }
        if isEphemeral, confirmMs != nil {
            throw .invalid(
                "ephemeral and confirmMs exclude each other: an ephemeral change ends with the process; unset it with --ephemeral"
            )
        }
        if isForAll, confirmMs != nil {
            throw .invalid(
                "all and confirmMs exclude each other; try the change on one replica with --confirm first, then send it to all"
            )
        }
    }
}
