internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy config reload`: the files, now.
struct ConfigReload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Read the files now, as SIGHUP does; a file that is wrong changes nothing.",
        discussion: """
            The proxy follows its files by itself; this is for where it cannot see them change, and for \
            the outcome.
            """)

    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let payload = try await Control(admin).call("config.reload").payload
        let problems = payload.list("issues").filter { ($0["severity"]?.string ?? "error") == "error" }
        if json {
            print(JSONText.pretty(payload))
        } else if problems.isEmpty {
            let generation = payload["generation"]?.plain ?? "?"
            print("\(payload["changed"]?.bool == true ? "reloaded" : "nothing changed"): generation \(generation)")
        }
        if problems.isEmpty { return }
        complain("not reloaded: generation \(payload["generation"]?.plain ?? "?") goes on")
        for line in Issues.lines(problems) { complain(line) }
        complain("  correct the file, or `clawproxy config rollback`")
        throw ExitCode(1)
    }
}
