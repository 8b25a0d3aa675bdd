internal import ArgumentParser
internal import Settings

/// `clawproxy config patch`: several keys in one change.
struct ConfigPatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "patch",
        abstract: "Merge a patch into the file: all of it takes effect at once, or none.",
        discussion: """
            A patch is a JSON5 object of the keys that change. Objects merge, null takes a key away, and lists are \
            replaced; lists of entries that have an id or a name merge entry by entry. Entries are removed only where \
            --replace-paths names their list.

              clawproxy config patch --raw '{logging: {level: "debug"}}' --dry-run
              clawproxy config patch --file change.json5 --note 'evals' --confirm 60s
              clawproxy config patch --file rules.json5 --replace-paths routing.rules
              generate-rules | clawproxy config patch --stdin --all
            """)

    @Option(help: ArgumentHelp("Read the patch from a file.", valueName: "path")) var file: String?
    @Flag(help: "Read the patch from standard input.") var stdin = false
    @Option(help: ArgumentHelp("The patch itself.", valueName: "json5")) var raw: String?
    @Option(help: ArgumentHelp("Lists that may lose entries, by their keys, between commas.", valueName: "keys"))
    var replacePaths: String?
    @Flag(help: "Change this process alone, until it restarts, and no file.") var ephemeral = false
    @OptionGroup var options: WriteOptions

    mutating func validate() throws {
        if [file != nil, stdin, raw != nil].filter({ $0 }).count != 1 {
            throw ValidationError("expected the patch by one of --file PATH, --stdin and --raw '{...}'")
        }
    }

    func run() async throws {
        var params = [("raw", Node.string(try raw ?? InputText.read(file ?? "-")))]
        if let replacePaths {
            let paths = replacePaths.split(separator: ",").map { Node.string(String($0)) }
            params.append(("replacePaths", Node(.array(paths))))
        }
        try await Write(options, ephemeral: ephemeral).send("config.patch", params)
    }
}
