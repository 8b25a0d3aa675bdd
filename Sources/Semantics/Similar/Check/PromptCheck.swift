/// The second check: whether two prompts whose vectors are near each other ask for the same. When in doubt they do not.
struct PromptCheck {
    private var one: PromptFacts
    private var other: PromptFacts
    private var vectors = WordVectors()
    /// For each word of the one, its place in the other.
    private var partners: [Int?]
    private var isTaken: [Bool]

    private init(_ one: PromptFacts, _ other: PromptFacts) {
        self.one = one
        self.other = other
        partners = [Int?](repeating: nil, count: one.words.count)
        isTaken = [Bool](repeating: false, count: other.words.count)
    }

    static func agree(_ one: PromptFacts, _ other: PromptFacts) -> Bool {
        guard one.isComparable, other.isComparable, one.negations == other.negations, one.form.agrees(with: other.form)
        else { return false }
        var check = PromptCheck(one, other)
        return check.pairs() && check.hasSameOrder
    }

    // MARK: each word has its partner

    private mutating func pairs() -> Bool {
        pair { $0.hash == $1.hash && $0.isLiteral == $1.isLiteral }
        pair { $0.isSame(as: $1) }
        // a name in quotes, a word that is written like code
        pair { $0.hash == $1.hash }
        let mine = one.words.indices.filter { partners[$0] == nil && !isEcho(one.words[$0], isMine: true) }
        let others = other.words.indices.filter { !isTaken[$0] && !isEcho(other.words[$0], isMine: false) }
        if mine.isEmpty, others.isEmpty { return true }
        guard mine.count <= 4, others.count <= 4 else { return false }
        return resembling(mine, others)
    }

    private mutating func pair(_ isPair: (PromptWord, PromptWord) -> Bool) {
        for place in one.words.indices where partners[place] == nil {
            let word = one.words[place]
            guard
                let found = other.words.indices.first(where: { !isTaken[$0] && isPair(word, other.words[$0]) })
            else { continue }
            partners[place] = found
            isTaken[found] = true
        }
    }

    /// Said twice in one prompt: the second time says nothing new.
    private func isEcho(_ word: PromptWord, isMine: Bool) -> Bool {
        guard !word.isLiteral, word.arrow == 0, word.kinds.isEmpty else { return false }
        let words = isMine ? one.words : other.words
        return words.indices.contains { at in
            words[at].stem == word.stem && (isMine ? partners[at] != nil : isTaken[at])
        }
    }

    /// What is left over: words that resemble each other enough, and Chinese words cut in another way.
    private mutating func resembling(_ mine: [Int], _ others: [Int]) -> Bool {
        var (mine, others) = (mine, others)
        for place in mine {
            let near = others.map { ($0, vectors.resemblance(one.words[place], other.words[$0])) }
            guard let best = near.max(by: { $0.1 < $1.1 }), best.1 > 0 else { continue }
            partners[place] = best.0
            isTaken[best.0] = true
            mine.removeAll { $0 == place }
            others.removeAll { $0 == best.0 }
        }
        if mine.isEmpty || others.isEmpty {
            let words = mine.map { one.words[$0] } + others.map { other.words[$0] }
            let isHow = one.form.contains(.how) && other.form.contains(.how)
            if words.allSatisfy({ vectors.isLight($0, isHow: isHow) }) { return true }
        }
        let rest = (mine.map { one.words[$0] }, others.map { other.words[$0] })
        guard (rest.0 + rest.1).allSatisfy({ $0.isHan && $0.kinds.isEmpty }) else { return false }
        return Self.characters(rest.0) == Self.characters(rest.1)
    }

    /// The ideographs of some words but for those that only bind, in order of their numbers.
    private static func characters(_ words: [PromptWord]) -> [UInt32] {
        let binding: Set<UInt32> = Set("的了地得着过是个和与在上中里".unicodeScalars.map(\.value))
        return words.flatMap(\.text).filter { !binding.contains($0) }.sorted()
    }

    // MARK: and they stand in the same order

    /// Nothing has changed its place but what may: parts behind `in` or `with`, what is compared, and one part of a
    /// question.
    private var hasSameOrder: Bool {
        let pairs = partners.enumerated().compactMap { at, partner in partner.map { (at, $0) } }
        guard haveSameRoles(pairs) else { return false }
        let isSorted = zip(pairs, pairs.dropFirst()).allSatisfy { $0.1 < $1.1 }
        // rice without salt, salt without rice
        guard one.negations == 0 || isSorted else { return false }
        if one.isSymmetric || other.isSymmetric || one.form.contains(.far) { return true }
        guard isSorted || !haveExchangedParts(pairs) else { return false }
        let isHow = !one.form.union(other.form).isDisjoint(with: .manner)
        if !isHow, pairs.contains(where: { one.words[$0].isPassive != other.words[$1].isPassive }) { return false }
        return isOrdered(pairs) || isTurned(pairs, isHow: isHow)
    }

    /// What one prompt says of a word by `to`, `from` or `while`, the other does not say of another one.
    private func haveSameRoles(_ pairs: [(Int, Int)]) -> Bool {
        var arrows: [UInt8: (mine: Int?, others: Int?)] = [:]
        for (at, partner) in pairs {
            let (word, twin) = (one.words[at], other.words[partner])
            if word.arrow != 0, twin.arrow != 0, word.arrow != twin.arrow { return false }
            if word.leader != 0, twin.leader != 0, word.leader != twin.leader { return false }
            if word.arrow != 0 { arrows[word.arrow, default: (nil, nil)].mine = at }
            if twin.arrow != 0 { arrows[twin.arrow, default: (nil, nil)].others = at }
        }
        return arrows.values.allSatisfy { $0.mine == nil || $0.others == nil || $0.mine == $0.others }
    }

    /// `the tallest mountain`, `which mountain is the tallest`.
    private func isSuperlative(_ place: Int) -> Bool {
        let word = other.words[place]
        return word.isHan ? word.text.first == 0x6700 : word.text.count > 4 && word.text.suffix(3) == [0x65, 0x73, 0x74]
    }

    /// Put milk in coffee, put coffee in milk: one word has become the part behind `in`, and another one is it no more.
    private func haveExchangedParts(_ pairs: [(Int, Int)]) -> Bool {
        pairs.contains { one.words[$0].isMobile && !other.words[$1].isMobile }
            && pairs.contains { !one.words[$0].isMobile && other.words[$1].isMobile }
    }

    private func isMobile(_ pair: (Int, Int)) -> Bool { one.words[pair.0].isMobile || other.words[pair.1].isMobile }

    private func isOrdered(_ pairs: [(Int, Int)]) -> Bool {
        for (index, pair) in pairs.enumerated() {
            for later in pairs[(index + 1)...] where pair.1 > later.1 {
                if isMobile(pair) == isMobile(later) { return false }
            }
        }
        return true
    }

    /// Two neighbouring parts have changed places and nothing else: 绿茶怎么泡, 怎么泡绿茶; `is it safe to eat`, `is eating it
    /// safe`. Not two single words but in a question of how (`is a square a rectangle`), not two names or numbers, and
    /// not where somebody is asked for (`who beat Alice`).
    private func isTurned(_ pairs: [(Int, Int)], isHow: Bool) -> Bool {
        let places = pairs.map(\.1)
        let sorted = places.sorted()
        guard let start = places.indices.first(where: { places[$0] != sorted[$0] }),
            let end = places.indices.last(where: { places[$0] != sorted[$0] }),
            let turn = places.indices.dropLast().first(where: { places[$0] > places[$0 + 1] }),
            Array(places[(turn + 1)...end]) + Array(places[start...turn]) == Array(sorted[start...end]),
            isHow || end - start > 1 || places[start...end].contains(where: isSuperlative),
            !one.form.contains(.who) || one.words.allSatisfy(\.isHan)
        else { return false }
        let isFixed = { (place: Int) in self.other.words[place].isLiteral || self.other.words[place].isName }
        return !(places[start...turn].contains(where: isFixed) && places[(turn + 1)...end].contains(where: isFixed))
    }
}
