/// The language of a text: by script where a script has one, else by the commonest words (`LatinWords`).
///
/// Letters are counted by script, a Han, kana or hangul character for three letters, as it says about as much. The
/// script with the largest share decides. ASCII letters that look like code (in words with a digit or an underscore,
/// beside an operator, or in a fenced block) are left out where any other script has letters, so that code or names in
/// a Chinese prompt do not make it English. Of Han and kana together: Japanese where kana are a tenth or more.
package enum Language: String, Sendable, CaseIterable {
    case zh, ja, ko
    case en, de, fr, es, pt, it, nl, pl, cs, ro, hu, tr, vi, id, sv, da, no, fi
    case ru, uk, bg, ar, fa, he, hi, th, el
    /// No letters, or a script or language that is not told apart.
    case unknown

    /// `text` is UTF-8; bytes that are not count for nothing. Only the first 4 KiB are looked at.
    package static func of(_ text: UnsafeRawBufferPointer) -> Language {
        let head = UnsafeRawBufferPointer(rebasing: text.prefix(4096))
        let letters = ScriptCount(head)
        switch letters.largest {
        case .latin: return LatinWords.language(of: head)
        case .han, .kana: return letters[.kana] * 10 >= letters[.han] + letters[.kana] ? .ja : .zh
        case .hangul: return .ko
        case .cyrillic: return letters.cyrillic
        case .arabic: return letters.persian * 20 >= letters[.arabic] ? .fa : .ar
        case .hebrew: return .he
        case .devanagari: return .hi
        case .thai: return .th
        case .greek: return .el
        case .none: return .unknown
        }
    }
}
