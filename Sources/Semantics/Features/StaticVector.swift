/// The static vector of a text: the rows of its WordPieces and of its Chinese words in the built-in table, summed.
struct StaticVector: Sendable {
    /// Of length 1, or zero if nothing of the text is known.
    private(set) var numbers: [Float]
    /// Part of the tokens that the table knows.
    private(set) var knownShare: Float = 0
    /// Tokens that were read: pieces, Chinese words, and ideographs that begin no word.
    private(set) var tokenCount = 0

    private var known = 0
    private var pieces = WordPieces()
    private var run: [UInt32] = []
    private var word: [Float]

    /// Tokens after which a text is not read on.
    static let tokenLimit = 512

    init() {
        numbers = [Float](repeating: 0, count: SentenceEncoder.dimensions)
        word = numbers
    }

    /// Reads a text.
    /// - Parameter text: normalised.
    mutating func take(_ text: [UInt32]) {
        for index in numbers.indices { numbers[index] = 0 }
        (tokenCount, known, knownShare) = (0, 0, 0)
        guard let table = BuiltInTable.pieces else { return }
        pieces.beginText()
        text.withUnsafeBufferPointer { text in
            var index = 0
            while index < text.count, tokenCount < Self.tokenLimit {
                if ScalarKinds.isHan(text[index]) {
                    index = hanRun(text, index)
                    cutRun(table)
                } else {
                    index = other(text, index, table)
                }
            }
        }
        close()
    }

    /// Takes pieces up to the next ideograph.
    private mutating func other(_ text: UnsafeBufferPointer<UInt32>, _ first: Int, _ table: StaticTable) -> Int {
        var end = first
        while end < text.count, !ScalarKinds.isHan(text[end]) { end += 1 }
        let part = UnsafeBufferPointer(rebasing: text[first..<end])
        table.vocabulary.ids(of: part, limit: Self.tokenLimit - tokenCount, &pieces)
        tokenCount += pieces.ids.count
        numbers.withUnsafeMutableBufferPointer { numbers in
            guard let sum = numbers.baseAddress else { return }
            for id in pieces.ids where table.add(id, to: sum) { known += 1 }
        }
        return end
    }

    /// Gathers ideographs; spaces between two of them do not part them.
    private mutating func hanRun(_ text: UnsafeBufferPointer<UInt32>, _ first: Int) -> Int {
        run.removeAll(keepingCapacity: true)
        var index = first
        while index < text.count {
            if ScalarKinds.isHan(text[index]) {
                run.append(text[index])
                index += 1
                continue
            }
            var next = index
            while next < text.count, ScalarKinds.of(text[next]).contains(.space) { next += 1 }
            guard next > index, next < text.count, ScalarKinds.isHan(text[next]) else { break }
            index = next
        }
        return index
    }

    /// Greedy longest match over the run.
    private mutating func cutRun(_ table: StaticTable) {
        var index = 0
        while index < run.count, tokenCount < Self.tokenLimit {
            let found = run.withUnsafeBufferPointer {
                BuiltInTable.words?.first(of: UnsafeBufferPointer(rebasing: $0[index...]))
            }
            tokenCount += 1
            guard let found else {
                index += 1
                continue
            }
            index += found.length
            known += 1
            add(found.word, table)
        }
    }

    private mutating func add(_ found: ChineseWords.Word, _ table: StaticTable) {
        guard found.count > 0 else { return }
        for index in word.indices { word[index] = 0 }
        word.withUnsafeMutableBufferPointer { word in
            guard let sum = word.baseAddress else { return }
            for index in 0..<found.count { _ = table.add(found.piece(index), to: sum) }
        }
        let factor = found.weight / Float(found.count).squareRoot()
        for index in word.indices { numbers[index] += word[index] * factor }
    }

    private mutating func close() {
        var square = 0.0
        for number in numbers { square += Double(number) * Double(number) }
        let length = square.squareRoot()
        guard length > 1e-6, tokenCount > 0 else {
            for index in numbers.indices { numbers[index] = 0 }
            return
        }
        knownShare = Float(known) / Float(tokenCount)
        let factor = Float(1 / length)
        for index in numbers.indices { numbers[index] *= factor }
    }
}
