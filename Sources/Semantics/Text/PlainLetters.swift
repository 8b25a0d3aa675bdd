/// Letters without their accents, as BERT's tokenizer makes them: canonical decomposition, non-spacing marks dropped,
/// lower case. `é` is `e`, `が` is `か`, a Hangul syllable is its jamo.
enum PlainLetters {
    /// What a scalar becomes where that is at most one scalar: by value below `tableEnd`; 0: nothing is left of it,
    /// `several`: more than one. Made once, about 5 ms.
    private nonisolated(unsafe) static let table: UnsafePointer<UInt32> = {
        let made = UnsafeMutablePointer<UInt32>.allocate(capacity: Int(tableEnd))
        for value in 0..<tableEnd {
            var plain: [UInt32] = []
            appendComputed(value, accents: false, cases: false, to: &plain)
            made[Int(value)] = plain.count > 1 ? several : plain.first ?? 0
        }
        return UnsafePointer(made)
    }()

    /// Past Latin, Greek, Cyrillic, Hebrew, Arabic, the Indian scripts, Thai, Vietnamese, kana.
    static let tableEnd: UInt32 = 0x3100
    private static let several: UInt32 = .max

    /// Adds what a scalar becomes.
    /// - Parameters:
    ///   - accents: marks stay, and letters composed.
    ///   - cases: capital letters stay.
    ///   - slow: how many scalars may still be looked up the long way, about a microsecond each; beyond, what is made of
    ///     parts stays whole.
    static func append(_ scalar: UInt32, accents: Bool, cases: Bool, slow: inout Int, to text: inout [UInt32]) {
        switch scalar {
        case 0x3400...0x9FFF, 0x20000...0x2F7FF: text.append(scalar)
        case 0xAC00...0xD7A3 where !accents:
            let index = scalar - 0xAC00
            text.append(0x1100 + index / 588)
            text.append(0x1161 + index % 588 / 28)
            if index % 28 != 0 { text.append(0x11A7 + index % 28) }
        case 0..<tableEnd where !accents && !cases && table[Int(scalar)] != several:
            let plain = table[Int(scalar)]
            if plain != 0 { text.append(plain) }
        case tableEnd... where !accents && (!mayHaveParts(scalar) || slow <= 0):
            if !ScalarKinds.of(scalar).contains(.mark) { appendLowered(scalar, cases: cases, to: &text) }
        default:
            if scalar >= tableEnd { slow -= 1 }
            appendComputed(scalar, accents: accents, cases: cases, to: &text)
        }
    }

    /// Whether NFD may take a scalar apart; past the table these blocks alone have such.
    static func mayHaveParts(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0..<tableEnd, 0xAC00...0xD7A3, 0xF900...0xFB4F, 0x10500...0x105FF, 0x11000...0x119FF, 0x16100...0x161FF,
            0x16D00...0x16DFF, 0x1D100...0x1D1FF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }

    private static func appendComputed(_ value: UInt32, accents: Bool, cases: Bool, to text: inout [UInt32]) {
        if accents { return appendLowered(value, cases: cases, to: &text) }
        for scalar in Compatibility.decomposed(value) where !ScalarKinds.computed(scalar).contains(.mark) {
            appendLowered(scalar, cases: cases, to: &text)
        }
    }

    private static func appendLowered(_ value: UInt32, cases: Bool, to text: inout [UInt32]) {
        guard !cases, let scalar = Unicode.Scalar(value), scalar.properties.changesWhenLowercased else {
            return text.append(value)
        }
        text.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars.lazy.map(\.value))
    }
}
