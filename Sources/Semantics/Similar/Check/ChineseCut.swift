/// Cuts a run of ideographs into words: of all ways the one of the fewest, where a character that is no word counts for
/// more, and words of these lists for a little less than those of the built-in table.
struct ChineseCut {
    /// Of the word that begins at a place.
    private var lengths: [Int]

    private static let listed: Float = 0.95
    private static let known: Float = 1
    private static let unknown: Float = 1.5

    init(_ run: [UInt32]) {
        lengths = [Int](repeating: 1, count: run.count)
        var costs = [Float](repeating: 0, count: run.count + 1)
        for start in run.indices.reversed() {
            costs[start] = .infinity
            var hash = WordHash.empty
            for length in 1...min(Lexicon.longest, run.count - start) {
                hash = WordHash.step(hash, run[start + length - 1])
                guard let cost = Self.cost(run, start, length, hash) else { continue }
                let whole = cost + costs[start + length]
                // of equal ones the longer
                if whole <= costs[start] { (costs[start], lengths[start]) = (whole, length) }
            }
        }
    }

    func length(_ start: Int) -> Int { lengths[start] }

    /// Nil for what is no word.
    private static func cost(_ run: [UInt32], _ start: Int, _ length: Int, _ hash: UInt64) -> Float? {
        let lexicon = Lexicon.shared
        if lexicon.has(hash) { return listed }
        if length == 1 { return unknown }
        // 中|将, 人|为: what is made of words that only bind is no other word
        if run[start..<start + length].allSatisfy({ lexicon.role(WordHash.of([$0])) != nil }) { return nil }
        let isKnown = run.withUnsafeBufferPointer {
            BuiltInTable.words?.first(of: UnsafeBufferPointer(rebasing: $0[start..<start + length]))?.length == length
        }
        return isKnown ? known : nil
    }
}
