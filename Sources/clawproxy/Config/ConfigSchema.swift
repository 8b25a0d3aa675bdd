internal import ArgumentParser
internal import Settings

/// `clawproxy config schema`: what may be written.
struct ConfigSchema: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of a key, or of the whole configuration.",
        discussion: "  clawproxy config schema routing.rules")

    @Argument(help: "A path of keys; none: everything.") var key: String?
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let params = key.map { [("key", Node.string($0))] } ?? []
        let payload = try await Control(admin).call("config.schema", params, instead: .files).payload
        let schema = payload["schema"] ?? payload
        print(schema.string ?? JSONText.pretty(schema))
    }
}
