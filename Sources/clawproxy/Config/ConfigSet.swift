internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy config set`: one value.
struct ConfigSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set the value at a key.",
        discussion: """
            VALUE is JSON5 where it reads as such and the key takes it, else a string; what stood there is replaced \
            whole. `--` goes in front of a value that begins with a minus.

              clawproxy config set logging.level debug
              clawproxy config set http.timeouts.read 45s --dry-run
              clawproxy config set routing.rules.chat.target '"pool:big"' --confirm 60s
              clawproxy config set agents.discovery.static.c.weight 50
              clawproxy config set admin.guard '{errorRate: "5%"}'
            """)

    @Argument(help: "A path of keys.") var key: String
    @Argument(help: "JSON5, or a string as it is.") var value: String
    @Flag(help: "Change this process alone, until it restarts, and no file.") var ephemeral = false
    @OptionGroup var options: WriteOptions

    func run() async throws {
        var (node, fault) = Self.node(value)
        if Self.isStringAlone(key), node.string == nil, node.members == nil, node.elements == nil, !node.isNull {
            node = .string(value)
        }
        let hints = fault.map { ["the value was taken as a string, as it is no JSON5: \($0)"] } ?? []
        try await Write(options, ephemeral: ephemeral)
            .send("config.set", [("key", .string(key)), ("value", node)], hints: hints)
    }

    /// Whether the key takes strings and nothing else: then `2` is one.
    private static func isStringAlone(_ key: String) -> Bool {
        guard case .success(let found) = KeyLookup.canonical(key, KeyInfo.tree(GatewaySettings.self)) else {
            return false
        }
        return found.shape?.kinds == .string
    }

    /// `fault`: why a text that looks like JSON5 is none.
    static func node(_ text: String) -> (node: Node, fault: String?) {
        do throws(SyntaxError) {
            return (try JSONReader.read(Array(text.utf8), source: "VALUE", dialect: .json5), nil)
        } catch {
            let looksLikeJSON = text.first.map { "{[\"'".contains($0) } ?? false
            return (.string(text), looksLikeJSON ? "character \(error.position.column): \(error.message)" : nil)
        }
    }
}

/// `clawproxy config unset`: back to what the layers below say.
struct ConfigUnset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unset",
        abstract: "Take a key, or an entry of a list, out of the file: what is below it holds again.",
        discussion: """
              clawproxy config unset logging.level
              clawproxy config unset agents.discovery.static.c
            """)

    @Argument(help: "A path of keys.") var key: String
    @Flag(help: "Change this process alone, until it restarts, and no file.") var ephemeral = false
    @OptionGroup var options: WriteOptions

    func run() async throws {
        try await Write(options, ephemeral: ephemeral).send("config.unset", [("key", .string(key))])
    }
}
