internal import ArgumentParser
internal import Proxy

/// Labelled rows that a command is given by the name of their file.
enum LabelledFile {
    /// `wanted`: of which members a row must have at least one.
    static func read(_ path: String, _ wanted: [LabelledRow.Field], language: String? = nil) throws -> [LabelledRow] {
        let content = try InputText.content(path)
        do throws(LabelledRows.Fault) {
            return try LabelledRows(
                content, file: path == "-" ? "standard input" : path, wanted: wanted, language: language
            ).rows
        } catch {
            complain(error.description)
            throw ExitCode(1)
        }
    }
}
