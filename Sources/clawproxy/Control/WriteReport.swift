internal import Proxy
internal import Settings

/// A key that was changed in the file, and that something above the file decides.
struct MaskedKey {
    let path: String
    /// `OPENCLAW_GATEWAY_HTTP_LISTEN`, `--config.http.listen`, or the layer.
    private(set) var by: String?
    /// What stays in force.
    private(set) var value: Node?

    /// A path alone, or an object that says more.
    init(_ row: Node) {
        path = row.string ?? row.text("path")
        by = row.member("position")?.string ?? row.member("layer")?.string
        value = row.member("value")
    }

    /// From what `config.explain` says about the key.
    mutating func fill(from payload: Node) {
        by = payload.member("position")?.string ?? by
        value = value ?? payload.member("value")
    }

    /// Those that the answer names, each once: rows of `changes` say where the higher layer stands.
    static func rows(_ payload: Node) -> [Node] {
        let told = payload.list("changes").filter { $0["masked"]?.bool == true }
        let paths = Set(told.map { $0.text("path") })
        return told + payload.list("masked").filter { !paths.contains(MaskedKey($0).path) }
    }

    var line: String {
        "  \(ValueText.key(path)): masked by \(by ?? "a layer above the file"): stays \(ValueText.short(value))"
    }
}

/// What a change did, in lines.
struct WriteReport {
    private let payload: Node
    private let isOffline: Bool
    private let isEphemeral: Bool
    private let isDryRun: Bool
    private let masked: [MaskedKey]
    private let confirmMs: Int?

    init(_ payload: Node, isOffline: Bool, isEphemeral: Bool, isDryRun: Bool, masked: [MaskedKey], confirmMs: Int?) {
        self.payload = payload
        self.isOffline = isOffline
        self.isEphemeral = isEphemeral
        self.isDryRun = isDryRun
        self.masked = masked
        self.confirmMs = confirmMs
    }

    private var isNoop: Bool { payload["noop"]?.bool == true }
    /// A change for all replicas that was made on none.
    var isRefused: Bool { payload["ok"]?.bool == false || payload["applied"]?.string == "nowhere" }
    var isWritten: Bool { !isDryRun && !isNoop && !isRefused }

    var lines: [String] {
        let rows = payload.list("changes").filter { $0["masked"]?.bool != true }
        var lines = [head(rows.count)] + ChangeLines.of(rows, withTime: !isOffline)
        lines += masked.map(\.line)
        lines += payload.list("notYet").map { "  \(ValueText.key($0.plain)): without effect in this version" }
        lines += Replicas.lines(payload.list("replicas"))
        if isWritten, isEphemeral { lines.append("in this process alone: gone when it restarts, and in no file") }
        if isWritten, let deadline { lines.append(Self.pending(deadline)) }
        return lines
    }

    private func head(_ count: Int) -> String {
        if isRefused { return "applied nowhere: a replica could not take it" }
        if isNoop { return "nothing to change" }
        let changes = count == 0 ? "no value in force changes" : ValueText.count(count, "change")
        if isDryRun { return "dry run: nothing was written, \(changes)" }
        let hash = "hash \(ValueText.hash(payload["hash"]?.string))"
        if isOffline { return "written: \(payload["path"]?.plain ?? "the file"), \(hash), \(changes)" }
        return "applied: generation \(payload["generation"]?.plain ?? "?"), \(hash), \(changes)"
    }

    /// Unix milliseconds.
    private var deadline: Int? {
        guard let confirmMs else { return nil }
        return payload["pendingConfirm"]?["deadlineMs"]?.int ?? LocalTime.now + confirmMs
    }

    static func pending(_ deadline: Int) -> String {
        "rolls back at \(LocalTime.moment(deadline)) unless confirmed: clawproxy config confirm"
    }
}

/// Rows of `changes[]` as lines: key, before, after, and when it takes effect.
enum ChangeLines {
    /// Wider ones do not move the last column of the others.
    private static let widest = 90

    static func of(_ rows: [Node], withTime: Bool = true) -> [String] {
        let texts = rows.map { row in
            "\(ValueText.key(row.text("path"))): \(ValueText.short(row["before"])) -> \(ValueText.short(row["after"]))"
        }
        guard withTime else { return texts.map { "  \($0)" } }
        let width = texts.map(\.count).filter { $0 <= widest }.max() ?? 0
        return zip(rows, texts).map { row, text in
            guard let applies = row["applies"]?.string.map(time) else { return "  \(text)" }
            return "  \(text)\(String(repeating: " ", count: max(0, width - text.count)))  \(applies)"
        }
    }

    static func time(_ applies: String) -> String {
        switch applies {
        case "listener": "needs a new listener"
        case "restart": "at the next start"
        default: applies
        }
    }
}
