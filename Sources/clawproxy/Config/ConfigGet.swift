internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy config get`: a value, or all of them, and where they come from.
struct ConfigGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Print the value in force at a key, or the whole configuration, as JSON.",
        discussion: """
            Defaults are filled in; secrets read __OPENCLAW_REDACTED__. Exit 1 when the file is invalid: its problems \
            are printed to standard error, and the value is what is in force all the same.

              clawproxy config get routing.rules
              clawproxy config get agents.discovery.static.a.weight
              clawproxy config get http --origins   which layer says so, and where
              clawproxy config get --json           with hash, generation, layers too
            """)

    @Argument(help: "A path of keys; none: everything.") var key: String?
    @Flag(help: "Print the answer as it came: hash, generation, problems, origins, layers too.") var json = false
    @Flag(help: "Print what is written in the file: without defaults, with ${NAME} as it stands.") var raw = false
    @Flag(help: "Print a table: key, value, the layer that decides, and where it says so.") var origins = false
    @Flag(help: "Read the files, even if a proxy runs.") var offline = false
    @OptionGroup var admin: AdminOptions

    mutating func validate() throws {
        if [json, raw, origins].filter({ $0 }).count > 1 {
            throw ValidationError("--json, --raw and --origins are three ways to print: give one of them")
        }
    }

    func run() async throws {
        let control = try Control(admin)
        let params = key.map { [("key", Node.string($0))] } ?? []
        let answer = try await ask(control, params)
        let payload = answer.payload
        show(lines(payload))
        if !answer.isOffline, let hash = payload["hash"]?.string, let applied = payload["appliedHash"]?.string,
            hash != applied, payload["valid"]?.bool != false
        {
            complain("the file is not what runs: `clawproxy config diff` tells the difference")
        }
        guard payload["valid"]?.bool == false else { return }
        for line in Issues.weighed(payload.list("issues"), "error") { complain(line) }
        let path = payload["path"]?.plain ?? "the file"
        complain("\(path) is invalid; correct the problems above, or `clawproxy config rollback`")
        throw ExitCode(1)
    }

    private func ask(_ control: Control, _ params: [(String, Node)]) async throws -> Control.Answer {
        guard offline else { return try await control.call("config.get", params, instead: .files) }
        do {
            return try await control.files("config.get", params)
        } catch let failure {
            for line in Refusal(failure, control).lines { complain(line) }
            throw ExitCode(1)
        }
    }

    private func lines(_ payload: Node) -> [String] {
        if json { return [JSONText.pretty(payload)] }
        if origins { return OriginTable(payload, key: key).lines }
        if raw {
            if key != nil { return [JSONText.pretty(payload["parsed"] ?? .null)] }
            guard var text = payload["raw"]?.string else {
                complain(unreadable(payload))
                return []
            }
            while text.hasSuffix("\n") { text.removeLast() }
            return [text]
        }
        return [JSONText.pretty(payload["config"] ?? .null)]
    }
}

extension ConfigGet {
    private func unreadable(_ payload: Node) -> String {
        let path = payload.text("path")
        if path.isEmpty { return "there is no file that changes are written to: set HOME, or give --config-file" }
        if payload["exists"]?.bool == false { return "there is no \(path) yet: the first change makes it" }
        return "\(path) does not parse, so nobody can tell what in it is secret: look at the file itself"
    }
}

/// Which layer decides each key, as a table.
struct OriginTable {
    private let payload: Node
    /// How many segments of a path stand above `config` of the payload.
    private let depth: Int

    init(_ payload: Node, key: String?) {
        self.payload = payload
        let segments = key.flatMap(KeyPathText.split) ?? []
        depth = (segments.first == "gateway" ? segments.dropFirst() : segments[...]).count
    }

    var lines: [String] {
        let rows = (payload["origins"]?.members ?? []).map { member in
            [
                ValueText.key(member.name), ValueText.short(value(member), longest: 40), member.node.text("layer"),
                member.node.text("position"),
            ]
        }
        if rows.isEmpty { return ["no layer says anything here: the defaults hold"] }
        return Table.lines(["KEY", "VALUE", "LAYER", "POSITION"], rows)
    }

    private func value(_ member: Node.Member) -> Node? {
        if let given = member.node["value"] { return given }
        guard let segments = KeyPathText.split(ValueText.key(member.name)), segments.count >= depth else { return nil }
        return payload["config"].flatMap { KeyLookup.value(in: $0, Array(segments.dropFirst(depth))) }
    }
}
