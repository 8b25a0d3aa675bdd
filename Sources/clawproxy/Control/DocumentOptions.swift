internal import ArgumentParser
internal import Settings

/// A document of the asker's own, for commands that look at one without changing anything.
struct DocumentOptions: ParsableArguments {
    @Argument(help: "The file; - is standard input; none: the files as they are now.") var file: String?
    @Option(help: ArgumentHelp("The text itself.", valueName: "json5")) var raw: String?

    mutating func validate() throws {
        if file != nil && raw != nil { throw ValidationError("expected a file or --raw, not both") }
    }

    /// `raw` as a parameter; none where the files themselves are meant.
    func params() throws -> [(String, Node)] {
        let text = try raw ?? file.map(InputText.read)
        return text.map { [("raw", .string($0))] } ?? []
    }

    /// What was looked at, in words.
    var name: String { raw != nil ? "the text given" : file == "-" ? "standard input" : file ?? "the files" }
}
