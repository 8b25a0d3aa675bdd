internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy config confirm`: the change stays.
struct ConfigConfirm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm", abstract: "Keep a change that was made with --confirm.")

    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let payload = try await Control(admin).call("config.confirm").payload
        print(json ? JSONText.pretty(payload) : "confirmed: hash \(ValueText.hash(payload["hash"]?.string)) stays")
    }
}
