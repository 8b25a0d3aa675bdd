/// The word that someone probably meant.
package enum Nearest {
    /// Words longer than this are not compared: nobody means them.
    static let longest = 64

    /// The candidate nearest to the word, or nil where none is near: the same letters in another case or with other
    /// separators, then few typing errors (one in three letters, at most three), then a beginning of at least three
    /// letters.
    package static func word(to word: String, among candidates: [String]) -> String? {
        let meant = fold(word)
        guard !meant.isEmpty, meant.count <= longest else { return nil }
        let bound = max(1, min(3, meant.count / 3))
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let folded = fold(candidate)
            guard abs(folded.count - meant.count) <= bound else { continue }
            let distance = distance(meant, folded)
            if distance <= bound, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.candidate ?? abbreviated(meant, among: candidates)
    }

    /// "; did you mean 'listen'?", or nothing.
    package static func hint(for word: String, among candidates: [String]) -> String {
        Nearest.word(to: word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }

    private static func abbreviated(_ meant: [UInt8], among candidates: [String]) -> String? {
        guard meant.count >= 3 else { return nil }
        let whole = candidates.filter { fold($0).starts(with: meant) }
        if let shortest = whole.min(by: { $0.utf8.count < $1.utf8.count }) { return shortest }
        let beginnings = candidates.filter { candidate in
            let folded = fold(candidate)
            return folded.count >= 3 && meant.starts(with: folded)
        }
        if let longest = beginnings.max(by: { $0.utf8.count < $1.utf8.count }) { return longest }
        return near(meant, toBeginningsOf: candidates)
    }

    /// `leastconn` for `least-connections`, `roundrobbin` for `round-robin`: a beginning with one typing error.
    private static func near(_ meant: [UInt8], toBeginningsOf candidates: [String]) -> String? {
        guard meant.count >= 5 else { return nil }
        return candidates.first { candidate in
            let folded = fold(candidate)
            return folded.count > meant.count && distance(meant, Array(folded.prefix(meant.count))) <= 1
        }
    }

    /// Lower-case ASCII without separators.
    static func fold(_ word: String) -> [UInt8] {
        word.utf8.compactMap { byte in
            switch byte {
            case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: " "): nil
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            default: byte
            }
        }
    }

    /// Damerau-Levenshtein distance in its optimal-string-alignment form: insertions, deletions, substitutions and
    /// swaps of neighbours, no piece edited twice.
    static func distance(_ one: [UInt8], _ two: [UInt8]) -> Int {
        if one.isEmpty || two.isEmpty { return max(one.count, two.count) }
        var beforeLast = [Int](repeating: 0, count: two.count + 1)
        var last = Array(0...two.count)
        for i in 1...one.count {
            var row = [i] + [Int](repeating: 0, count: two.count)
            for j in 1...two.count {
                let cost = one[i - 1] == two[j - 1] ? 0 : 1
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
                if i > 1, j > 1, one[i - 1] == two[j - 2], one[i - 2] == two[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[two.count]
    }
}
