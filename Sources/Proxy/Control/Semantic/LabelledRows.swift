internal import Settings

/// Rows of a file in JSON lines, `{"id", "lang", "text", "label", "route"}`. `text` is wanted and what the reader asks
/// for; other members may stand there and are passed over, and so are empty lines.
package struct LabelledRows: Sendable {
    /// Why a file is not as it should be, with its place: `rows.jsonl:12: text is missing: ...`.
    package struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
        package var description: String

        init(_ file: String, _ line: Int, _ message: String) { description = "\(file):\(line): \(message)" }
        init(_ file: String, _ message: String) { description = "\(file): \(message)" }
    }

    package let file: String
    package private(set) var rows: [LabelledRow] = []

    /// Of longer texts the beginning is looked at, as of requests.
    private static let longestText = 64 << 10

    /// - Parameters:
    ///   - wanted: of which every row must have at least one.
    ///   - language: rows in others are left out; nil: none are.
    package init(
        _ content: String, file: String, wanted: [LabelledRow.Field], language: String? = nil
    ) throws(Fault) {
        self.file = file
        var number = 0
        for line in content.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let bytes = number == 1 && line.starts(with: [0xef, 0xbb, 0xbf]) ? line.dropFirst(3) : line
            guard bytes.contains(where: { $0 > 0x20 }) else { continue }
            let row = try Self.row(Array(bytes), number, file, wanted)
            if language == nil || row.language == language { rows.append(row) }
        }
        if rows.isEmpty { throw Self.empty(file, language) }
    }

    private static func empty(_ file: String, _ language: String?) -> Fault {
        guard let language else { return Fault(file, "there is no row in it; write one JSON object a line") }
        return Fault(file, "no row has lang \(Quoted.quote(language)); name another one, or leave --lang out")
    }

    private static func row(
        _ bytes: [UInt8], _ number: Int, _ file: String, _ wanted: [LabelledRow.Field]
    ) throws(Fault) -> LabelledRow {
        let node: Node
        do throws(SyntaxError) {
            node = try JSONReader.read(bytes, source: file, dialect: .strict, duplicates: .lastStays)
        } catch {
            throw Fault(
                file, number, "column \(error.position.column): \(error.message); expected one JSON object a line")
        }
        guard node.members != nil else {
            throw Fault(file, number, "expected an object {\"text\": ..., \"route\": ...}")
        }
        guard let text = try string("text", node, file, number) else {
            throw Fault(
                file, number, "text is missing: expected what a client would send; write it, or leave the row out")
        }
        let row = LabelledRow(
            line: number, text: String(decoding: text.utf8.prefix(longestText), as: UTF8.self),
            label: try string("label", node, file, number),
            route: try string("route", node, file, number), language: try string("lang", node, file, number) ?? "")
        if !wanted.isEmpty, wanted.allSatisfy({ (row[$0] ?? "").isEmpty }) {
            let names = Quoted.list(wanted.map(\.rawValue))
            throw Fault(file, number, "\(names) is missing: expected the class of the text; add it")
        }
        return row
    }

    private static func string(
        _ name: String, _ node: Node, _ file: String, _ number: Int
    ) throws(Fault) -> String? {
        guard let value = node.member(name) else { return nil }
        guard let string = value.string else {
            throw Fault(file, number, "\(name): expected a string, found \(Reading().found(value)); put it in quotes")
        }
        return string
    }
}
