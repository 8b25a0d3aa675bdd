/// Finds the lines, colons and dashes of YAML's blocks around the spans that are known.
extension TextEditor {
    func column(of offset: Int) -> Int { offset - style.lineStart(of: offset) }

    /// Before the line break, or the end of the text.
    func lineEnd(from offset: Int) -> Int {
        var at = offset
        while at < bytes.count, !isBreak(bytes[at]) { at += 1 }
        return at
    }

    /// Behind the line break that stands here, if one does.
    func afterBreak(_ offset: Int) -> Int {
        guard offset < bytes.count, isBreak(bytes[offset]) else { return offset }
        let isPair = bytes[offset] == UInt8(ascii: "\r") && offset + 1 < bytes.count && bytes[offset + 1] == 0x0A
        return offset + (isPair ? 2 : 1)
    }

    /// Before the line break that ends here, if one does.
    func beforeBreak(_ offset: Int) -> Int {
        guard offset > 0, isBreak(bytes[offset - 1]) else { return offset }
        let isPair = bytes[offset - 1] == 0x0A && offset > 1 && bytes[offset - 2] == UInt8(ascii: "\r")
        return offset - (isPair ? 2 : 1)
    }

    /// Whether nothing but spaces stands before an offset on its line.
    func beginsLine(_ offset: Int) -> Bool {
        bytes[style.lineStart(of: offset)..<offset].allSatisfy { $0 == UInt8(ascii: " ") }
    }

    /// Whether nothing but spaces and dashes does.
    func beginsBlock(_ offset: Int) -> Bool {
        bytes[style.lineStart(of: offset)..<offset].allSatisfy {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-")
        }
    }

    /// Behind the colon of a member, if that follows its name at once.
    func afterColon(_ span: Spans.Span) -> Int? {
        let at = afterBlanks(Int(span.nameEnd))
        return at < bytes.count && bytes[at] == UInt8(ascii: ":") ? at + 1 : nil
    }

    /// The next dash after an offset, behind nothing but space and comments.
    func dash(from offset: Int) -> Int? {
        var at = offset
        while at < bytes.count {
            if let next = format.afterComment(bytes, at, bytes.count) {
                at = next
            } else if bytes[at] == UInt8(ascii: "-") {
                return at
            } else if isSpace(bytes[at]) {
                at += 1
            } else {
                return nil
            }
        }
        return nil
    }

    /// Where an item of a block ends with the comment on its line and the deeper comments right below it: before a line
    /// break. nil where its line goes on with something else.
    func tail(of end: Int, deeperThan column: Int) -> Int? {
        var at = afterBlanks(end)
        at = at < bytes.count ? format.afterComment(bytes, at, bytes.count) ?? at : at
        guard at == bytes.count || isBreak(bytes[at]) else { return nil }
        while true {
            let line = afterBreak(at)
            let start = afterBlanks(line)
            guard line > at, start < bytes.count, start - line > column,
                let next = format.afterComment(bytes, start, bytes.count)
            else { return at }
            at = next
        }
    }

    /// The first line of an item that begins its line, or of the comments right above it at the same column; none of
    /// what stands before the limit. Comments at the top of the file are the file's.
    func lead(of head: Int, after limit: Int) -> Int {
        let (line, column) = (style.lineStart(of: head), self.column(of: head))
        var first = line
        while first > limit {
            let previous = style.lineStart(of: first - 1)
            let start = previous + column
            guard previous >= limit, previous < first, start < first, afterBlanks(previous) == start,
                bytes[start] == UInt8(ascii: "#")
            else { break }
            first = previous
        }
        return first == style.lineStart(of: 0) ? line : first
    }

    /// The empty lines right above the beginning of a line, down from a limit.
    func blankAbove(_ line: Int, after limit: Int) -> Range<Int> {
        var first = line
        while first > limit {
            let previous = style.lineStart(of: first - 1)
            guard previous >= limit, previous < first, isBreak(bytes[afterBlanks(previous)]) else { break }
            first = previous
        }
        return first..<line
    }

    /// The empty lines from the beginning of a line on.
    func blankBelow(_ line: Int) -> Range<Int> {
        var end = line
        while true {
            let next = afterBlanks(end)
            guard next < bytes.count, isBreak(bytes[next]) else { return line..<end }
            end = afterBreak(next)
        }
    }
}
