internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy config validate`: would this file do?
struct ConfigValidate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Say whether a file is right where the proxy runs: exit 0, or 1 with every problem.",
        discussion: """
            The file stands in for the one that changes are written to; the other layers, the variables and the flags \
            are those of the running proxy. `clawproxy check` does the same with those of this shell.

              clawproxy config validate edge.json
              clawproxy config validate             the files as they are now
            """)

    @OptionGroup var document: DocumentOptions
    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let params = try document.params()
        let control = try Control(admin)
        let answer = try await control.call("config.validate", params, instead: .files)
        let payload = answer.payload
        let (issues, warnings) = (payload.list("issues"), payload.list("warnings"))
        let isValid = payload["valid"]?.bool ?? issues.isEmpty
        if json {
            print(JSONText.pretty(payload))
        } else {
            show(Issues.weighed(issues, "error") + Issues.weighed(warnings, "warning"))
            let errors = "\(ValueText.count(issues.count, "error")), \(ValueText.count(warnings.count, "warning"))"
            print("\(isValid ? "ok" : "wrong"): \(errors); checked: \(document.name)")
        }
        if !isValid { throw ExitCode(1) }
    }
}
