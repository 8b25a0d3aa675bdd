/// Rows as columns that line up, two spaces apart; the last column is as long as it likes.
enum Table {
    static func lines(_ rows: [[String]], indent: Int = 0) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        let margin = String(repeating: " ", count: indent)
        return rows.map { row in
            var line = margin
            for (column, text) in row.enumerated() {
                line += text
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - text.count + 2) }
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    /// The same below a row of headings.
    static func lines(_ headings: [String], _ rows: [[String]], indent: Int = 0) -> [String] {
        lines([headings] + rows, indent: indent)
    }
}

/// Lines to standard output.
func show(_ lines: [String]) {
    for line in lines { print(line) }
}
