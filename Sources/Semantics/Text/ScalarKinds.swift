/// What a scalar is to those who cut text into words.
struct ScalarKinds: OptionSet, Sendable {
    let rawValue: UInt8

    /// White_Space; a few of these (vertical tabulator, form feed, U+0085) are `control` too.
    static let space = ScalarKinds(rawValue: 1)
    /// General category P, and every ASCII sign that is neither letter nor digit (BERT takes `$`, `+`, `~` for such).
    static let punctuation = ScalarKinds(rawValue: 2)
    /// General category C (control, format, private, unassigned), but not tabulator and line ends.
    static let control = ScalarKinds(rawValue: 4)
    /// Non-spacing marks (Mn): what stripping of accents takes away.
    static let mark = ScalarKinds(rawValue: 8)
    /// Ideographs: BERT makes each of them a word.
    static let ideograph = ScalarKinds(rawValue: 16)
    /// Letters and numbers (L, N): what words are of.
    static let word = ScalarKinds(rawValue: 32)
    /// Scripts written without spaces, or in syllables: ideographs of the BMP, kana, Hangul. Each scalar is a token.
    static let eastern = ScalarKinds(rawValue: 64)
    /// Decimal digits (Nd): one number is as good as another to grams.
    static let digit = ScalarKinds(rawValue: 128)

    /// Of all scalars below U+20000, made once (128 KiB, about 4 ms): the general category of the standard library costs
    /// as much as everything else that is done to a scalar.
    private nonisolated(unsafe) static let table: UnsafePointer<UInt8> = {
        let made = UnsafeMutablePointer<UInt8>.allocate(capacity: tableEnd)
        for value in UInt32(0)..<UInt32(tableEnd) { made[Int(value)] = computed(value).rawValue }
        return UnsafePointer(made)
    }()

    private static let tableEnd = 0x20000

    /// Ideographs as the Chinese words of the built-in table have them.
    @inline(__always)
    static func isHan(_ value: UInt32) -> Bool {
        value >= 0x3400 && (value <= 0x4DBF || 0x4E00...0x9FFF ~= value || 0xF900...0xFAFF ~= value)
    }

    @inline(__always)
    static func of(_ scalar: UInt32) -> ScalarKinds {
        scalar < UInt32(tableEnd) ? ScalarKinds(rawValue: table[Int(scalar)]) : computed(scalar)
    }

    static func computed(_ value: UInt32) -> ScalarKinds {
        guard let scalar = Unicode.Scalar(value) else { return .control }
        var kinds: ScalarKinds = []
        if isIdeograph(value) { kinds.insert(.ideograph) }
        if isEastern(value) { kinds.insert(.eastern) }
        if scalar.properties.isWhitespace { kinds.insert(.space) }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            kinds.insert(.punctuation)
        case .control, .format, .surrogate, .privateUse, .unassigned:
            if value != 9, value != 10, value != 13 { kinds.insert(.control) }
        case .nonspacingMark: kinds.insert(.mark)
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            kinds.insert(.word)
            if scalar.properties.generalCategory == .decimalNumber { kinds.insert(.digit) }
        default: if value < 0x80, value != 0x20 { kinds.insert(.punctuation) }
        }
        return kinds
    }

    /// The ranges of the original BERT tokenizer.
    private static func isIdeograph(_ value: UInt32) -> Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
            0x2B740...0x2B81F, 0x2B820...0x2CEAF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }

    private static func isEastern(_ value: UInt32) -> Bool {
        switch value {
        case 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7AF, 0xF900...0xFAFF: true
        default: false
        }
    }
}
