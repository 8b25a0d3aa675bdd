internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy explain`: why a value is what it is, or why a request goes where it goes.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say where a key's value comes from, or what would become of a request.",
        discussion: """
            Of a key: its value, the layer that decides and where it is written, what the layers below say, and when a \
            change of it takes effect.

              clawproxy explain http.timeouts.read

            Of a request: the rule that wins and why the others lose, the agents that would be asked and how they are, \
            what is tried again, and the head as an agent would get it. Nothing is sent to anybody. Of a body in JSON: \
            the text, what it scores for every semantic rule, the nearest examples, the agent and the model it chooses.

              clawproxy explain --request 'POST /api/v1/chat' -H 'Host: edge.example'
              clawproxy explain --request 'POST /v1/chat' --body @chat.json --client 10.0.0.7
              clawproxy explain --request 'POST /v1/chat' --body '{"message": "帮我写代码"}'
            """)

    @Argument(help: "A path of keys.") var key: String?
    @Option(help: ArgumentHelp("A request: its method and target, such as 'POST /api/v1/chat?x=1'.", valueName: "line"))
    var request: String?
    @Option(
        name: [.customShort("H"), .customLong("header")],
        help: ArgumentHelp("A field of the request; several times.", valueName: "name: value"))
    var headers: [String] = []
    @Option(
        help: ArgumentHelp(
            "The request's body: text, @PATH for that of a file, @- for standard input.", valueName: "text"))
    var body: String?
    @Option(help: ArgumentHelp("The address that the request comes from; absent: 127.0.0.1.", valueName: "address"))
    var client: String?
    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    mutating func validate() throws {
        if (key == nil) == (request == nil) { throw ValidationError("expected a key, or --request 'METHOD /path'") }
        if request == nil, !headers.isEmpty || body != nil || client != nil {
            throw ValidationError("-H, --body and --client belong to --request")
        }
        for header in headers where Self.field(header) == nil {
            throw ValidationError("-H '\(header)': expected 'Name: value'")
        }
    }

    func run() async throws {
        let control = try Control(admin)
        if let key {
            let payload = try await control.call("config.explain", [("key", .string(key))], instead: .files).payload
            show(json ? [JSONText.pretty(payload)] : KeyExplanation(payload).lines)
        } else {
            let payload = try await control.call("explain.request", try params()).payload
            show(json ? [JSONText.pretty(payload)] : RequestText(payload).lines)
        }
    }

    private func params() throws -> [(String, Node)] {
        let words = (request ?? "").split(separator: " ").map(String.init)
        var params: [(String, Node)] = []
        // a target alone is asked for by GET, and a version behind it says nothing here
        if let first = words.first, words.count == 1 {
            params = [("method", .string("GET")), ("target", .string(first))]
        } else if words.count == 2 || (words.count == 3 && words[2].hasPrefix("HTTP/")) {
            params = [("method", .string(words[0])), ("target", .string(words[1]))]
        } else {
            complain(
                "--request '\(request ?? "")': expected a method and a target, such as 'POST /api/v1/chat'; a space in"
                    + " the target is %20")
            throw ExitCode(1)
        }
        let fields = headers.compactMap(Self.field).map { Node.strings([$0.name, $0.value]) }
        if !fields.isEmpty { params.append(("headers", .list(fields))) }
        if let body {
            let text = body.hasPrefix("@") ? try InputText.content(String(body.dropFirst())) : body
            params.append(("body", .string(text)))
        }
        if let client { params.append(("client", .string(client))) }
        return params
    }

    private static func field(_ line: String) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return nil }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        return (String(line[..<colon]), String(value))
    }
}

/// The payload of `config.explain` as lines.
struct KeyExplanation {
    private let payload: Node

    init(_ payload: Node) { self.payload = payload }

    var lines: [String] {
        let value = payload.member("value").map { JSONText.pretty($0) } ?? "none"
        var rows = [["decided by", word(payload)]]
        if let written = payload.member("written"), let value = payload["value"], !written.isSame(as: value) {
            rows.append(["written as", ValueText.short(written)])
        }
        let below = payload.list("overridden")
        for (index, layer) in below.enumerated() {
            rows.append([index == 0 ? "below it" : "", "\(word(layer)): \(ValueText.short(layer["value"]))"])
        }
        let tellsDefault = (below + [payload]).contains { $0.text("layer") == "default" }
        if !tellsDefault, let value = payload.member("default") {
            rows.append(["default", ValueText.short(value)])
        }
        if let applies = payload["applies"]?.string { rows.append(["a change", Self.words(applies)]) }
        if let variable = payload.member("environment") { rows.append(["variable", variable.plain]) }
        if let meaning = payload.member("meaning")?.string, !meaning.isEmpty { rows.append(["meaning", meaning]) }
        return ["\(ValueText.key(payload.text("path"))): \(value)"] + Table.lines(rows, indent: 2)
    }

    /// `user, /root/.openclaw/gateway.json:14:7`; the default stands nowhere.
    private func word(_ node: Node) -> String {
        let (layer, position) = (node.text("layer"), node.text("position"))
        return position.isEmpty || position == layer ? layer : "\(layer), \(position)"
    }

    private static func words(_ applies: String) -> String {
        switch applies {
        case "live": "takes effect at once"
        case "listener": "needs a new listener, which the proxy opens at once"
        case "restart": "takes effect at the next start"
        default: applies
        }
    }
}
