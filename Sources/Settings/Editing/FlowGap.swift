/// What stands between two items of a container in brackets: space, comments and one comma. Items own the comments
/// behind them on their line, and those on the lines directly above them; others belong to the container.
struct FlowGap {
    /// Where the gap ends: at the next item, or at the closing bracket.
    let end: Int
    private(set) var comma: Int?
    /// Where what belongs to the item before ends.
    private(set) var tail: Int
    /// The first line break, if there is one.
    private(set) var lineBreak: Range<Int>?
    /// Where what belongs to the next item begins: the first of its own lines, or on a line with others its comments.
    private(set) var lead: Int
    /// Empty lines right above `lead`.
    private(set) var blank: Range<Int>
    /// Empty lines right below the line of the item before.
    private(set) var blankBelow: Range<Int>
    /// Whether there are comments that belong to neither item.
    private(set) var hasOthers = false
    /// Whether comments stand on lines above the next item and belong to it.
    private(set) var hasOwn = false

    /// Whether the next item begins on a line of its own, behind nothing but its comments.
    var isOwnLine: Bool {
        guard let lineBreak else { return false }
        return comma.map { $0 < lineBreak.lowerBound } ?? true
    }

    private enum Piece {
        case comment, comma, lineBreak
    }

    /// The gap behind an opening bracket has no item before it.
    init(_ bytes: [UInt8], _ range: Range<Int>, _ format: TextFormat, isFirst: Bool) {
        end = range.upperBound
        (tail, lead) = (range.lowerBound, range.upperBound)
        (blank, blankBelow) = (lead..<lead, lead..<lead)
        var pieces: [(piece: Piece, range: Range<Int>)] = []
        var at = range.lowerBound
        while at < range.upperBound {
            let start = at
            if let next = format.afterComment(bytes, at, range.upperBound) {
                at = next
                pieces.append((.comment, start..<at))
                continue
            }
            at += 1
            switch bytes[start] {
            case UInt8(ascii: ","):
                comma = comma ?? start
                pieces.append((.comma, start..<at))
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                if bytes[start] == UInt8(ascii: "\r"), at < range.upperBound, bytes[at] == UInt8(ascii: "\n") {
                    at += 1
                }
                pieces.append((.lineBreak, start..<at))
            default: break
            }
        }
        let first = pieces.firstIndex { $0.piece == .lineBreak } ?? pieces.count
        if first < pieces.count {
            lines(pieces, first)
        } else if isFirst {
            lead = pieces.first?.range.lowerBound ?? lead
        } else {
            oneLine(pieces.map(\.range))
        }
    }

    /// Comments before the comma belong to the item before it, and so do all behind the last item.
    private mutating func oneLine(_ pieces: [Range<Int>]) {
        guard let comma else {
            tail = pieces.last?.upperBound ?? tail
            return
        }
        tail = comma + 1
        lead = pieces.first { $0.lowerBound > comma }?.lowerBound ?? end
    }

    private mutating func lines(_ pieces: [(piece: Piece, range: Range<Int>)], _ first: Int) {
        if first > 0 { tail = pieces[first - 1].range.upperBound }
        let firstBreak = pieces[first].range
        lineBreak = firstBreak
        if let comma, comma >= firstBreak.lowerBound {
            // A comma at the head of a line.
            lead = pieces.first { $0.range.lowerBound > comma && $0.piece == .comment }?.range.lowerBound ?? end
            (blank, blankBelow) = (lead..<lead, firstBreak.upperBound..<firstBreak.upperBound)
            return
        }
        var (lineStart, isEmpty, hasComments) = (firstBreak.upperBound, true, false)
        var below = firstBreak.upperBound
        lead = lineStart
        blank = lineStart..<lineStart
        for (piece, range) in pieces[(first + 1)...] {
            guard piece == .lineBreak else {
                (isEmpty, hasComments) = (false, true)
                continue
            }
            if isEmpty {
                // Comments above an empty line are not the next item's.
                if hasComments { hasOthers = true }
                if below == lineStart { below = range.upperBound }
                blank = (blank.upperBound == lineStart ? blank.lowerBound : lineStart)..<range.upperBound
                (lead, hasComments) = (range.upperBound, false)
            }
            (lineStart, isEmpty) = (range.upperBound, true)
        }
        hasOwn = hasComments
        if blank.upperBound != lead { blank = lead..<lead }
        blankBelow = firstBreak.upperBound..<below
    }
}
