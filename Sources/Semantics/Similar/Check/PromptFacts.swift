/// What must be the same in two prompts, whatever words they use: numbers, units, names, negations, quotes, code,
/// directions, what is asked, and every word that says something.
struct PromptFacts: Sendable {
    private(set) var words: [PromptWord] = []
    private(set) var form: QuestionForm = []
    private(set) var negations = 0
    /// What is named may be named in any order.
    private(set) var isSymmetric = false

    private let lexicon = Lexicon.shared
    private var isLed = false
    private var leader: UInt8 = 0
    private var followsBe = false
    /// Latin words among ideographs are names of things, whatever they mean in English.
    private var isChinese = false
    private var arrow: UInt8 = 0
    /// Every word counts, as the prompt is about words.
    private var isVerbatim = false

    /// Words of one prompt that are looked at; more make it too long to be compared.
    static let wordLimit = 96

    init(_ text: UnsafeRawBufferPointer) {
        let tokens = PromptCutter(text).tokens
        isChinese = tokens.contains { $0.kind == .han }
        let isQuoting = tokens.contains { $0.kind == .literal }
        isVerbatim = !isQuoting && Self.speaksOfWords(tokens)
        var at = 0
        while at < tokens.count {
            switch tokens[at].kind {
            case .word: at += phrase(tokens, at)
            case .han:
                characters(tokens[at].text)
                at += 1
            default:
                single(tokens[at])
                at += 1
            }
        }
        if words.count > Self.wordLimit { words.removeLast(words.count - Self.wordLimit - 1) }
    }

    /// Too long, or nothing to go by.
    var isComparable: Bool { !words.isEmpty && words.count <= Self.wordLimit }

    // MARK: what is about words

    private static let verbatim: Set<UInt64> = Set(
        [
            "translate", "translation", "rewrite", "rephrase", "reword", "paraphrase", "proofread", "grammar",
            "grammatical", "grammatically", "pronounce", "conjugate", "spell", "sentence", "phrase", "punctuate",
        ].map { WordHash.of(Substring($0)) })
    private static let say: [UInt32] = [0x73, 0x61, 0x79]
    private static let verbatimHan = ["翻译", "译成", "润色", "改写", "造句", "语怎么说", "文怎么说", "怎么念", "拼音", "病句", "语法", "改成"]
        .map { $0.unicodeScalars.map(\.value) }

    private static func speaksOfWords(_ tokens: [PromptToken]) -> Bool {
        // `how do you say it in French`, but not `say sorry to a friend`
        let isSaid = tokens.contains { $0.text == [0x69, 0x6E] }
        return tokens.contains { token in
            switch token.kind {
            case .word: verbatim.contains(WordHash.of(token.text)) || isSaid && token.text == say
            case .han: verbatimHan.contains { !token.text.ranges(of: $0).isEmpty }
            default: false
            }
        }
    }

    // MARK: words with spaces between them

    /// Takes the longest phrase that is known at this place, or the word alone. How many tokens it took.
    private mutating func phrase(_ tokens: [PromptToken], _ start: Int) -> Int {
        let stem = WordStem.of(tokens[start].text)
        let plain = WordHash.of(tokens[start].text)
        var (best, taken) = longest(tokens, start, from: plain)
        let ofStem = longest(tokens, start, from: WordHash.of(stem))
        if ofStem.taken > taken { (best, taken) = ofStem }
        let token = tokens[start]
        if taken == 1, form.contains(.how), !isLed, isLast(tokens, start), Self.working.contains(plain) { return 1 }
        if !isChinese, let role = lexicon.role(best), takes(role) {
            followsBe = Self.formsOfBe.contains(best)
            return taken
        }
        if taken == 1, let value = NumberWords.english[best] {
            add(PromptWord(literal: String(value).unicodeScalars.map(\.value)), token)
            return 1
        }
        var word = PromptWord(text: token.text, hash: best, stem: taken > 1 ? best : WordHash.of(stem))
        word.meanings = lexicon.meanings(best)
        word.kinds = lexicon.kinds(best)
        if taken == 1, word.meanings.isEmpty { word.meanings = lexicon.meanings(word.stem) }
        if taken == 1, word.kinds.isEmpty { word.kinds = lexicon.kinds(word.stem) }
        word.isName = token.isName || isChinese
        let isPast = lexicon.isPast(plain) || token.text.suffix(2).elementsEqual([0x65, 0x64])
        if isPast, taken == 1 { form.insert(.was) }
        word.isPassive = followsBe && isPast
        followsBe = false
        add(word, token)
        return taken
    }

    /// `how does it work`: nothing but that it is asked how.
    private static let working = Set(["work", "works", "function"].map { WordHash.of(Substring($0)) })

    private func isLast(_ tokens: [PromptToken], _ place: Int) -> Bool {
        place + 1 == tokens.count || tokens[place + 1].kind == .stop
    }

    /// The longest phrase that begins with this word, as it is or as its stem.
    private func longest(_ tokens: [PromptToken], _ start: Int, from first: UInt64) -> (best: UInt64, taken: Int) {
        var hash = first
        var (best, count, taken) = (hash, 1, 1)
        while lexicon.begins(hash), start + count < tokens.count, tokens[start + count].kind == .word,
            !tokens[start + count - 1].isOwner
        {
            hash = WordHash.step(hash, 0x20)
            for scalar in tokens[start + count].text { hash = WordHash.step(hash, scalar) }
            count += 1
            if lexicon.role(hash) != nil || !lexicon.meanings(hash).isEmpty { (best, taken) = (hash, count) }
        }
        return (best, taken)
    }

    private static let formsOfBe = Set(["be", "is", "are", "was", "were"].map { WordHash.of(Substring($0)) })

    /// False: it counts as a word all the same.
    private mutating func takes(_ role: PhraseRole) -> Bool {
        switch role {
        case .filler(let isAlways):
            if isVerbatim, !isAlways { return false }
            isLed = false
        case .leader(let kind):
            if isVerbatim { return false }
            (isLed, leader, arrow) = (true, kind, 0)
        case .arrow(let direction): (isLed, arrow) = (false, direction)
        case .ask(let asked):
            form.insert(asked)
            isLed = false
            if isVerbatim { return false }
        case .symmetry(let asked):
            isSymmetric = true
            form.insert(asked)
            isLed = false
        case .negation:
            negations += 1
            isLed = false
            if isVerbatim { return false }
        }
        return true
    }

    private mutating func add(_ word: PromptWord, _ token: PromptToken) {
        var word = word
        word.isMobile = isLed || token.isOwner
        word.leader = isLed ? leader : 0
        word.arrow = arrow
        arrow = 0
        words.append(word)
    }

    private mutating func single(_ token: PromptToken) {
        switch token.kind {
        case .stop: isLed = token.text == [0x2C]
        case .number, .literal, .sign, .word, .han: add(PromptWord(literal: token.text), token)
        }
    }

    // MARK: words without

    private mutating func characters(_ run: [UInt32]) {
        let cut = ChineseCut(run)
        var at = 0
        while at < run.count {
            if let length = numeral(run, at, cut) {
                at += length
                continue
            }
            let length = cut.length(at)
            let hash = WordHash.of(run[at..<at + length])
            // 算不算, 有没有: whether it is so
            if length == 1, at > 0, at + 1 < run.count, lexicon.role(hash) == .negation, run[at - 1] == run[at + 1] {
                at += 2
                continue
            }
            if let role = lexicon.role(hash), takes(isObject(run, at, length) ? .ask(.whom) : role) {
                at += length
                continue
            }
            var word = PromptWord(text: Array(run[at..<at + length]), hash: hash, stem: hash)
            word.meanings = lexicon.meanings(hash)
            word.kinds = lexicon.kinds(hash)
            word.isHan = true
            add(word, PromptToken(kind: .han, text: []))
            at += length
        }
    }

    /// 谁 at the end: 他喜欢谁, but not 作者是谁.
    private func isObject(_ run: [UInt32], _ start: Int, _ length: Int) -> Bool {
        length == 1 && run[start] == 0x8C01 && start + 1 == run.count && start > 0 && run[start - 1] != 0x662F
    }

    /// A run of numerals that is a number: of several, or before a word that counts. How long it is.
    private mutating func numeral(_ run: [UInt32], _ start: Int, _ cut: ChineseCut) -> Int? {
        var end = start
        while end < run.count, NumberWords.isNumeral(run[end]) { end += 1 }
        guard end > start, let value = NumberWords.value(run[start..<end]) else { return nil }
        if end == start + 1 {
            // 一下, 十分, 三角形: words that begin so; and one alone says little
            if run[start] == 0x4E00 || cut.length(start) > 1 { return nil }
        }
        add(PromptWord(literal: String(value).unicodeScalars.map(\.value)), PromptToken(kind: .number, text: []))
        return end - start
    }
}

extension PromptWord {
    init(literal text: [UInt32]) {
        let hash = WordHash.of(text)
        self.init(text: text, hash: hash, stem: hash, isLiteral: true)
    }
}
