internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy config diff`: what would be different.
struct ConfigDiff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what the files, or a file of yours, would change in what runs.",
        discussion: """
            Values are compared as they come out: with defaults and variables filled in, whatever order and comments.

              clawproxy config diff                 the files as they are now
              clawproxy config diff edge.json       this one in place of the file
            """)

    @OptionGroup var document: DocumentOptions
    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let params = try document.params()
        let control = try Control(admin)
        // without a file there is nothing to compare the files with but the running proxy
        let answer = try await control.call("config.diff", params, instead: params.isEmpty ? .nothing : .files)
        if json { return print(JSONText.pretty(answer.payload)) }
        let rows = answer.payload.list("changes")
        print(rows.isEmpty ? "no difference" : ValueText.count(rows.count, "difference"))
        show(ChangeLines.of(rows.filter { $0["masked"]?.bool != true }, withTime: !answer.isOffline))
        show(MaskedKey.rows(answer.payload).map { MaskedKey($0).line })
    }
}
