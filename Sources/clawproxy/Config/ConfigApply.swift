internal import ArgumentParser
internal import Settings

/// `clawproxy config apply`: another file in place of the file.
struct ConfigApply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Replace the file as a whole.",
        discussion: """
            The other layers stay: the global file, OPENCLAW_GATEWAY_* variables, flags. Secrets that read \
            __OPENCLAW_REDACTED__ keep what is stored, so what `config get --raw` prints may be edited and applied.

              clawproxy config get --raw > edge.json
              clawproxy config apply edge.json --dry-run
            """)

    @Argument(help: "The new file; - is standard input.") var file: String?
    @Option(help: ArgumentHelp("The new text itself.", valueName: "json5")) var raw: String?
    @OptionGroup var options: WriteOptions

    mutating func validate() throws {
        if (file == nil) == (raw == nil) {
            throw ValidationError("expected a file, - for standard input, or --raw '{...}'")
        }
    }

    func run() async throws {
        let text = try raw ?? InputText.read(file ?? "-")
        try await Write(options).send("config.apply", [("raw", .string(text))])
    }
}
