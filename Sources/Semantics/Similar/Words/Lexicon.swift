/// The words and phrases that the second check knows, in English and Chinese, read once from the lists beside it.
///
/// A list of phrases has lines `kind: phrase, phrase`: `--` and `-` for what counts for nothing, `<` for what leads a
/// part that may stand anywhere, `>name` for directions, `?name` for what is asked, `~name` for what two things are to
/// each other, `!` for negation. In the lists of synonyms and contrasts a line is a group. `#` begins a comment.
struct Lexicon: Sendable {
    static let shared = Lexicon()

    private var roles: [UInt64: PhraseRole] = [:]
    private var meanings: [UInt64: [Int32]] = [:]
    private var kinds: [UInt64: [Int32]] = [:]
    private var pasts: Set<UInt64> = []
    /// Hashes of all that a longer phrase begins with.
    private var beginnings: Set<UInt64> = []

    /// Scalars of the longest Chinese phrase.
    static let longest = 8

    private init() {
        for text in [EnglishPhrases.text, ChinesePhrases.text] { addPhrases(text) }
        let synonyms = [
            EnglishSynonyms.text, EnglishThings.text, IrregularVerbs.text, ChineseSynonyms.text, ChineseThings.text,
        ]
        for (number, line) in Self.lines(synonyms.joined(separator: "\n")).enumerated() {
            add(line, Int32(number), \.meanings)
        }
        for (number, line) in Self.lines(Contrasts.text + "\n" + ChineseContrasts.text).enumerated() {
            add(line, Int32(number), \.kinds)
        }
        spreadKinds()
        for line in Self.lines(IrregularVerbs.text) {
            for past in Self.phrases(line).dropFirst() { pasts.insert(WordHash.of(past)) }
        }
    }

    /// What says the same as a word of a closed kind is of that kind too.
    private mutating func spreadKinds() {
        var ofMeaning: [Int32: Set<Int32>] = [:]
        for (hash, groups) in meanings {
            for group in groups { ofMeaning[group, default: []].formUnion(kinds[hash] ?? []) }
        }
        for (hash, groups) in meanings where kinds[hash] == nil {
            let spread = groups.reduce(into: Set<Int32>()) { $0.formUnion(ofMeaning[$1] ?? []) }
            if !spread.isEmpty { kinds[hash] = spread.sorted() }
        }
    }

    /// It is the past of an irregular verb.
    func isPast(_ hash: UInt64) -> Bool { pasts.contains(hash) }

    /// It is in any of the lists.
    func has(_ hash: UInt64) -> Bool { roles[hash] != nil || meanings[hash] != nil || kinds[hash] != nil }

    func role(_ hash: UInt64) -> PhraseRole? { roles[hash] }

    /// The groups of words that say the same.
    func meanings(_ hash: UInt64) -> [Int32] { meanings[hash] ?? [] }

    /// The groups of words of one kind.
    func kinds(_ hash: UInt64) -> [Int32] { kinds[hash] ?? [] }

    /// A phrase of several words may begin so.
    func begins(_ hash: UInt64) -> Bool { beginnings.contains(hash) }

    private static func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.isEmpty }
    }

    private static func phrases(_ line: Substring) -> [Substring] {
        line.split(separator: ",").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
    }

    private mutating func addPhrases(_ text: String) {
        for line in Self.lines(text) {
            guard let colon = line.firstIndex(of: ":"), let role = Self.role(named: line[..<colon]) else { continue }
            for phrase in Self.phrases(line[line.index(after: colon)...]) {
                let hash = WordHash.of(phrase)
                if roles[hash] == nil { roles[hash] = role }
                addBeginnings(phrase)
            }
        }
    }

    private static func role(named name: Substring) -> PhraseRole? {
        switch name.first {
        case "-": .filler(isAlways: name == "--")
        case "<": .leader(name.count == 1 ? 0 : Self.number(of: name))
        case ">": .arrow(Self.number(of: name))
        case "?": .ask(.named(String(name.dropFirst())))
        case "~": .symmetry(.named(String(name.dropFirst())))
        case "!": .negation
        default: nil
        }
    }

    /// Of what has a name: never 0.
    private static func number(of name: Substring) -> UInt8 {
        UInt8(name.utf8.dropFirst().reduce(0) { ($0 &* 31 &+ Int($1)) & 0x7F }) | 0x80
    }

    private mutating func add(
        _ line: Substring, _ number: Int32, _ table: WritableKeyPath<Lexicon, [UInt64: [Int32]]>
    ) {
        for phrase in Self.phrases(line) {
            self[keyPath: table][WordHash.of(phrase), default: []].append(number)
            addBeginnings(phrase)
            if let space = phrase.firstIndex(of: " ") {
                addForms(phrase, space, number, table)
                continue
            }
            let word = phrase.unicodeScalars.map(\.value)
            let stem = WordStem.of(word)
            if stem != word { self[keyPath: table][WordHash.of(stem), default: []].append(number) }
        }
    }

    /// `setting up` for `set up`: the first word's stem and the rest.
    private mutating func addForms(
        _ phrase: Substring, _ space: Substring.Index, _ number: Int32,
        _ table: WritableKeyPath<Lexicon, [UInt64: [Int32]]>
    ) {
        let stem = WordStem.of(phrase[..<space].unicodeScalars.map(\.value))
        let form = String(String.UnicodeScalarView(stem.compactMap { Unicode.Scalar($0) })) + phrase[space...]
        guard form != phrase else { return }
        self[keyPath: table][WordHash.of(Substring(form)), default: []].append(number)
        addBeginnings(Substring(form))
    }

    private mutating func addBeginnings(_ phrase: Substring) {
        for (at, character) in zip(phrase.indices, phrase) where character == " " {
            beginnings.insert(WordHash.of(phrase[..<at]))
        }
    }
}
