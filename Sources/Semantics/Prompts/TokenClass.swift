/// What a byte of UTF-8 is to `TokenEstimate`: letters, digits, spaces and marks of ASCII, first bytes of scripts.
enum TokenClass: UInt8, Sendable, CaseIterable {
    case lower, upper, digit, space, tab, newline
    case period, comma, dash, apostrophe, quote, underscore, open, close, stop, slash, equals, angle, mark
    /// Controls, and bytes that are in no UTF-8.
    case stray
    // Bytes after the first; E3 tells kana by them.
    case next80, next81, next82, next83, next84, nextBC
    case sign2, latin2, other2, greek2, cyrillic2, hebrew2, arabic2
    case indic3, latin3, sign3, kana3, han4, han5, han6, han7, han8, han9, hangul3, other3, wide3, four

    /// By byte.
    static let table: [TokenClass] = (0...255).map { of(UInt8($0)) }

    static let bytes: [UInt8] = table.map(\.rawValue)

    /// Between two letters it ends no scalar and begins none.
    var isNext: Bool { rawValue >= Self.next80.rawValue && rawValue <= Self.nextBC.rawValue }
    var isMark: Bool { rawValue >= Self.period.rawValue && rawValue <= Self.mark.rawValue }

    private static func of(_ byte: UInt8) -> TokenClass {
        if byte >= 0x80 { return upper(byte) }
        switch byte {
        case 0x61...0x7a: return .lower
        case 0x41...0x5a: return .upper
        case 0x30...0x39: return .digit
        case 0x20: return .space
        case 0x09: return .tab
        case 0x0a, 0x0d: return .newline
        case ..<0x20, 0x7f: return .stray
        default: return mark(byte)
        }
    }

    private static func mark(_ byte: UInt8) -> TokenClass {
        switch byte {
        case UInt8(ascii: "."): .period
        case UInt8(ascii: ","): .comma
        case UInt8(ascii: "-"): .dash
        case UInt8(ascii: "'"): .apostrophe
        case UInt8(ascii: "\""): .quote
        case UInt8(ascii: "_"): .underscore
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): .open
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): .close
        case UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "!"), UInt8(ascii: "?"): .stop
        case UInt8(ascii: "/"), UInt8(ascii: "\\"): .slash
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "*"): .equals
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "|"): .angle
        default: .mark
        }
    }

    private static func upper(_ byte: UInt8) -> TokenClass {
        switch byte {
        case 0x80: .next80
        case 0x81: .next81
        case 0x82: .next82
        case 0x83: .next83
        case 0x84...0xbb: .next84
        case 0xbc...0xbf: .nextBC
        case 0xc2: .sign2
        case 0xc3...0xca: .latin2
        case 0xcb...0xcd, 0xd4...0xd5, 0xdc...0xdf: .other2
        case 0xce...0xcf: .greek2
        case 0xd0...0xd3: .cyrillic2
        case 0xd6...0xd7: .hebrew2
        case 0xd8...0xdb: .arabic2
        case 0xe0: .indic3
        case 0xe1: .latin3
        case 0xe2: .sign3
        case 0xe3: .kana3
        case 0xe4...0xe9: TokenClass(rawValue: han4.rawValue + (byte - 0xe4)) ?? .han9
        case 0xea...0xed: .hangul3
        case 0xee: .other3
        case 0xef: .wide3
        case 0xf0...0xf4: .four
        default: .stray
        }
    }
}
