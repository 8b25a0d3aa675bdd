/// Pieces to cut out of a text and pieces to put in, in any order. Cuts may overlap; what is put in stays even where
/// the text around it is cut.
struct TextEdits {
    private var cuts: [Range<Int>] = []
    private var insertions: [Insertion] = []

    private struct Insertion {
        let offset: Int
        let isAhead: Bool
        let text: String
    }

    mutating func cut(_ range: Range<Int>) {
        if !range.isEmpty { cuts.append(range) }
    }

    /// Before what stands at the offset; after what was put in there before, unless it goes ahead of that.
    mutating func insert(_ text: String, at offset: Int, isAhead: Bool = false) {
        if !text.isEmpty { insertions.append(Insertion(offset: offset, isAhead: isAhead, text: text)) }
    }

    mutating func replace(_ range: Range<Int>, with text: String) {
        cut(range)
        insert(text, at: range.lowerBound)
    }

    func applied(to bytes: [UInt8]) -> [UInt8] {
        let cuts = self.cuts.sorted { $0.lowerBound < $1.lowerBound }
        // Equal offsets keep their order.
        let insertions = self.insertions.enumerated().sorted {
            ($0.element.offset, $0.element.isAhead ? 0 : 1, $0.offset)
                < ($1.element.offset, $1.element.isAhead ? 0 : 1, $1.offset)
        }.map(\.element)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + insertions.reduce(0) { $0 + $1.text.utf8.count })
        var at = 0
        var next = cuts.makeIterator()
        var cut = next.next()
        /// The text up to an offset, without what is cut of it.
        func copy(to limit: Int) {
            while at < limit {
                guard let gap = cut, gap.lowerBound < limit else {
                    result += bytes[at..<limit]
                    at = limit
                    return
                }
                if gap.lowerBound > at { result += bytes[at..<gap.lowerBound] }
                at = max(at, min(gap.upperBound, limit))
                if gap.upperBound > limit { return }
                cut = next.next()
            }
        }
        for insertion in insertions {
            copy(to: min(insertion.offset, bytes.count))
            result += Array(insertion.text.utf8)
        }
        copy(to: bytes.count)
        return result
    }
}
