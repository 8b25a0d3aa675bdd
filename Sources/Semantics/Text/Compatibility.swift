import Foundation

/// Unicode's compatibility composition (NFKC, UAX 15), made cheap for the scalars that texts are mostly of.
enum Compatibility {
    /// Scalars that NFKC leaves alone whatever stands before them (NFKC_Quick_Check=Yes, combining class 0). What
    /// follows one may still change it. Not all such scalars: those of common texts. The rest takes the long way.
    @inline(__always)
    static func isInert(_ scalar: UInt32) -> Bool {
        scalar < 0xA0 || (0x4E00...0x9FFF).contains(scalar) || isInertElsewhere(scalar)
    }

    private static func isInertElsewhere(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x3041...0x3096, 0x30A0...0x30FE, 0x3001...0x3029, 0x3400...0x4DBF, 0xAC00...0xD7A3: true
        case 0x00C0...0x0131, 0x0134...0x013E, 0x0141...0x0148, 0x014A...0x017E, 0x0180...0x01C3: true
        case 0x01CD...0x01F0, 0x01F4...0x02AF, 0x1E00...0x1E99, 0x1E9C...0x1EFF: true
        case 0x0388...0x03CE, 0x0400...0x0482, 0x048A...0x052F, 0x05D0...0x05EA, 0x0620...0x064A: true
        case 0x0903...0x093B, 0x093D...0x094C, 0x0960...0x0980, 0x0E01...0x0E32, 0x0E34...0x0E37: true
        case 0x0E3F...0x0E47, 0x0E4C...0x0E5B, 0x0E81...0x0EB2, 0x0EB4...0x0EB7, 0x0EBB...0x0EC7: true
        case 0xA000...0xA66E, 0xA680...0xA69B, 0xA722...0xA76F, 0xA771...0xA7CA, 0xAA80...0xAAAF: true
        case 0x2012...0x2016, 0x2018...0x2023, 0x2190...0x21FF, 0x2500...0x25FF, 0x2600...0x26FF: true
        case 0x1F000...0x1F0FF, 0x1F300...0x1FAFF, 0x12000...0x12543, 0x13000...0x1345F: true
        case UTF8Walk.replacement: true
        default: false
        }
    }

    /// Marks that neither compose nor come apart, with their combining class: Thai and Lao vowels below and tones, signs
    /// of Devanagari, vowels of Arabic. 0: none of them.
    @inline(__always)
    static func markClass(_ scalar: UInt32) -> UInt8 {
        switch scalar {
        case 0x0E38...0x0E39: 103
        case 0x0E48...0x0E4B: 107
        case 0x0EB8...0x0EB9: 118
        case 0x0EC8...0x0ECB: 122
        case 0x094D: 9
        case 0x064B...0x0652: UInt8(truncatingIfNeeded: scalar - 0x064B + 27)
        default: 0
        }
    }

    /// What a single scalar stands for where that is plain arithmetic and composes with nothing before it: full-width
    /// forms of ASCII, and the spaces. 0 if it is not one of them.
    @inline(__always)
    static func plain(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0xFF01...0xFF5E: scalar - 0xFEE0
        case 0x3000, 0x00A0: 0x20
        default: 0
        }
    }

    /// NFKC of a few scalars by the tables of Foundation; about a microsecond.
    static func composed(_ scalars: some Sequence<UInt32>) -> [UInt32] {
        let plain = text(scalars).decomposedStringWithCompatibilityMapping.decomposedStringWithCanonicalMapping
        return syllables(plain.precomposedStringWithCanonicalMapping.unicodeScalars.map(\.value))
    }

    /// Puts jamo together (Unicode 3.12): Foundation leaves those apart that came from compatibility jamo.
    private static func syllables(_ scalars: [UInt32]) -> [UInt32] {
        var composed: [UInt32] = []
        for scalar in scalars {
            let last = composed.last ?? 0
            if last &- 0x1100 < 19, scalar &- 0x1161 < 21 {
                composed[composed.count - 1] = 0xAC00 + ((last - 0x1100) * 21 + scalar - 0x1161) * 28
            } else if last &- 0xAC00 < 11172, (last - 0xAC00) % 28 == 0, scalar &- 0x11A8 < 27 {
                composed[composed.count - 1] = last + scalar - 0x11A7
            } else {
                composed.append(scalar)
            }
        }
        return composed
    }

    /// NFD of one scalar.
    static func decomposed(_ scalar: UInt32) -> [UInt32] {
        text(CollectionOfOne(scalar)).decomposedStringWithCanonicalMapping.unicodeScalars.map(\.value)
    }

    private static func text(_ scalars: some Sequence<UInt32>) -> String {
        var text = String.UnicodeScalarView()
        for value in scalars { if let scalar = Unicode.Scalar(value) { text.append(scalar) } }
        return String(text)
    }
}
