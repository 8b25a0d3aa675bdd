/// Letters of a text by script.
struct ScriptCount {
    enum Script: Int, CaseIterable {
        case latin, han, kana, hangul, cyrillic, arabic, hebrew, devanagari, thai, greek
        case none
    }

    /// A character that is a syllable or a word weighs as much as three letters.
    private static let syllable = 3

    private var counts = SIMD16<Int32>()
    /// Letters that only some languages of a script have.
    private(set) var persian = 0
    private var ukrainian = 0
    private var russian = 0
    private var hardSigns = 0
    /// ASCII letters of what looks like code.
    private var code = 0

    subscript(_ script: Script) -> Int { Int(counts[script.rawValue]) }

    init(_ text: UnsafeRawBufferPointer) {
        var at = 0
        while at < text.count {
            let byte = text[at]
            if byte < 0x80 {
                at = ascii(text, at)
            } else if byte < 0xe0 {
                if at + 1 < text.count { two(UInt32(byte & 0x1f) << 6 | UInt32(text[at + 1] & 0x3f)) }
                at += 2
            } else if byte < 0xf0 {
                if at + 2 < text.count {
                    three(UInt32(byte & 0xf) << 12 | UInt32(text[at + 1] & 0x3f) << 6 | UInt32(text[at + 2] & 0x3f))
                }
                at += 3
            } else {
                // of planes above the first: rare Han
                if byte == 0xf0, at + 1 < text.count, text[at + 1] >= 0xa0 { add(.han, Self.syllable) }
                at += 4
            }
        }
    }

    private mutating func add(_ script: Script, _ weight: Int = 1) { counts[script.rawValue] &+= Int32(weight) }

    /// A run of ASCII, or a fenced block; answers its end.
    private mutating func ascii(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int {
        if text[start] == 0x60, start + 2 < text.count, text[start + 1] == 0x60, text[start + 2] == 0x60 {
            return fence(text, start + 3)
        }
        guard Self.isWord(text[start]) else { return start + 1 }
        var letters = 0
        var isCode = start > 0 && Self.isOperator(text[start - 1])
        var at = start
        while at < text.count, text[at] < 0x80, Self.isWord(text[at]) {
            let byte = text[at] | 0x20
            if (0x61...0x7a).contains(byte) { letters += 1 } else { isCode = true }
            at += 1
        }
        if at < text.count, Self.isOperator(text[at]) { isCode = true }
        add(.latin, letters)
        if isCode { code += letters }
        return at
    }

    /// Up to the closing fence.
    private mutating func fence(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        var letters = 0
        while at < text.count {
            if text[at] == 0x60, at + 2 < text.count, text[at + 1] == 0x60, text[at + 2] == 0x60 {
                at += 3
                break
            }
            if (0x61...0x7a).contains(text[at] | 0x20) { letters += 1 }
            at += 1
        }
        add(.latin, letters)
        code += letters
        return at
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x5f
    }

    private static func isOperator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "("), UInt8(ascii: "{"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "["), UInt8(ascii: "@"):
            true
        default: false
        }
    }

    private mutating func two(_ scalar: UInt32) {
        switch scalar {
        case 0xc0...0x24f where scalar != 0xd7 && scalar != 0xf7: add(.latin)
        case 0x370...0x3ff: add(.greek)
        case 0x400...0x52f:
            add(.cyrillic)
            switch scalar {
            // і ї є ґ and their capitals
            case 0x404, 0x406, 0x407, 0x454, 0x456, 0x457, 0x490, 0x491: ukrainian += 1
            // ы э ё and their capitals
            case 0x42b, 0x42d, 0x44b, 0x44d, 0x401, 0x451: russian += 1
            case 0x42a, 0x44a: hardSigns += 1
            default: break
            }
        case 0x590...0x5ff: add(.hebrew)
        case 0x600...0x6ff:
            add(.arabic)
            // پ چ ژ گ ک ی
            if [0x67e, 0x686, 0x698, 0x6af, 0x6a9, 0x6cc].contains(scalar) { persian += 1 }
        default: break
        }
    }

    private mutating func three(_ scalar: UInt32) {
        switch scalar {
        case 0x900...0x97f: add(.devanagari)
        case 0xe00...0xe7f: add(.thai)
        case 0x1e00...0x1eff: add(.latin)
        case 0x1f00...0x1fff: add(.greek)
        case 0x3041...0x30ff, 0x31f0...0x31ff, 0xff66...0xff9f: add(.kana, Self.syllable)
        case 0x3400...0x4dbf, 0x4e00...0x9fff, 0xf900...0xfaff: add(.han, Self.syllable)
        case 0xac00...0xd7a3, 0x1100...0x11ff, 0x3130...0x318f: add(.hangul, Self.syllable)
        default: break
        }
    }

    /// The script with the most letters; code counts only where nothing else is there.
    var largest: Script {
        var best = Script.none
        var most = 0
        let east = self[.han] + self[.kana]
        let others = Int(counts.wrappedSum()) - self[.latin]
        for script in Script.allCases where script != .none {
            var count = self[script]
            if script == .latin, others > 0 { count -= code }
            if script == .han || script == .kana { count = east }
            if count > most {
                best = script
                most = count
            }
        }
        return best
    }

    /// Ukrainian by its own letters; Bulgarian has neither those nor the Russian ones, and ъ inside words.
    var cyrillic: Language {
        if ukrainian > 0, ukrainian * 2 >= russian { return .uk }
        return russian == 0 && hardSigns * 100 >= self[.cyrillic] ? .bg : .ru
    }
}
