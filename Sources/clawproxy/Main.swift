internal import Access
internal import ArgumentParser
internal import Proxy
internal import Settings
internal import WebTokens

/// The edge proxy in front of OpenClaw gateways and other LLM-agent back ends.
@main
struct ClawProxy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clawproxy",
        abstract: "An edge proxy for agent fleets: routing, balancing, streaming, from one layered configuration.",
        discussion: """
            Any key of the configuration can be given as a flag: --config.http.listen=127.0.0.1:8080.
            Layers, lowest first: defaults, /etc/openclaw/gateway.json, ~/.openclaw/gateway.json (or --config-file, \
            several times, in order), OPENCLAW_GATEWAY_* variables, --config.KEY=VALUE.
            """,
        version: Version.number,
        subcommands: [
            Run.self, Check.self, Status.self, Doctor.self, Agents.self, Cache.self, Explain.self,
            Semantic.self, Config.self, Docs.self,
        ])

    /// Keys are not known to the argument parser: their flags are taken out before it looks, and other spellings of
    /// commands made plain.
    static func main() async {
        let (flags, rest) = ConfigurationFlags.split(Array(CommandLine.arguments.dropFirst()))
        ConfigurationFlags.given = flags
        JWTKeyReader.reading.install()
        do {
            var command = try parseAsRoot(Spellings.plain(rest))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(withError: error)
        }
    }
}

/// `--config.KEY=VALUE` and `--config.KEY VALUE`.
enum ConfigurationFlags {
    /// Written once, before any command runs.
    nonisolated(unsafe) static var given: [(key: String, value: String)] = []

    static func split(_ arguments: [String]) -> (flags: [(key: String, value: String)], rest: [String]) {
        var flags: [(key: String, value: String)] = []
        var rest: [String] = []
        var left = arguments[...]
        while let argument = left.popFirst() {
            guard argument.hasPrefix("--config."), argument.count > 9 else {
                rest.append(argument)
                continue
            }
            let text = argument.dropFirst(9)
            if let equals = text.firstIndex(of: "=") {
                flags.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
            } else {
                flags.append((String(text), left.popFirst() ?? ""))
            }
        }
        return (flags, rest)
    }
}
