/// A word of a prompt that says something, with what it may be taken for.
struct PromptWord: Sendable {
    var text: [UInt32]
    /// Of the word as it is, and of its stem.
    var hash: UInt64
    var stem: UInt64
    /// Groups of `Lexicon` that it is of.
    var meanings: [Int32] = []
    var kinds: [Int32] = []
    /// Numbers, names, code and quotes agree with themselves alone.
    var isLiteral = false
    var isName = false
    var isHan = false
    /// It stands in a part that may stand anywhere.
    var isMobile = false
    /// The kind of what leads that part; 0: any.
    var leader: UInt8 = 0
    /// `be done`, where the other one may have `do`.
    var isPassive = false
    /// The direction that leads to it; 0: none.
    var arrow: UInt8 = 0

    /// The same word, or one that is known to say the same.
    func isSame(as other: PromptWord) -> Bool {
        if isLiteral || other.isLiteral { return hash == other.hash }
        if stem == other.stem { return true }
        return meanings.contains { other.meanings.contains($0) }
    }

    /// Whether their vectors may be asked: not of names, nor of words of a closed kind.
    func mayResemble(_ other: PromptWord) -> Bool {
        if isLiteral || other.isLiteral || isName || other.isName || isHan != other.isHan { return false }
        if !kinds.isEmpty || !other.kinds.isEmpty { return false }
        return isHan ? !Self.isOpposedHan(text, other.text) : !Self.isOpposed(text, other.text)
    }

    /// Of the characters in which two Chinese words differ, one is a number, of a closed kind, or denies: 最大值, 最小值.
    private static func isOpposedHan(_ one: [UInt32], _ other: [UInt32]) -> Bool {
        Set(one).symmetricDifference(other).contains {
            NumberWords.isNumeral($0) || !Lexicon.shared.kinds(WordHash.of([$0])).isEmpty
                || Lexicon.shared.role(WordHash.of([$0])) == .negation
        }
    }

    private static let prefixes: [[UInt32]] = [
        "un", "in", "im", "ir", "il", "dis", "de", "en", "em", "non", "mis", "re", "up", "down", "ex", "pre", "post",
        "over", "under", "inter", "intra", "hyper", "hypo", "macro", "micro", "anti", "sub", "super", "out", "multi",
        "mono", "uni", "bi", "tri", "semi", "self", "auto", "fore", "counter", "co",
    ].map { $0.unicodeScalars.map(\.value) }

    /// `encrypt` and `decrypt`, `lucky` and `unlucky`, `careful` and `careless`.
    private static func isOpposed(_ one: [UInt32], _ other: [UInt32]) -> Bool {
        let tail = zip(one.reversed(), other.reversed()).prefix { $0 == $1 }.count
        let (first, second) = (Array(one.dropLast(tail)), Array(other.dropLast(tail)))
        if tail >= 3, [first, second].allSatisfy({ $0.isEmpty || prefixes.contains($0) }) { return true }
        let less: [UInt32] = [0x6C, 0x65, 0x73, 0x73]
        return one.suffix(4).elementsEqual(less) != other.suffix(4).elementsEqual(less)
    }
}
