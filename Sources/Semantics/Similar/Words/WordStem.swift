/// What forms of an English word have in common, cut off without a dictionary: plurals, `-ed`, `-ing`, `-ly`, a last
/// `e`. Two words with one stem count as one word, so that it is cut short of what changes the meaning (`-er`, `-less`,
/// `un-`).
enum WordStem {
    static func of(_ word: [UInt32]) -> [UInt32] {
        var stem = word
        guard stem.count > 3, stem.allSatisfy({ $0 &- 0x61 < 26 }) else { return stem }
        if !strip("ies", 2, "y", &stem), !strip("sses", 1, "ss", &stem), !strip("ches", 2, "ch", &stem),
            !strip("shes", 2, "sh", &stem), !strip("xes", 2, "x", &stem), !ends("ss", stem), !ends("us", stem),
            !ends("is", stem)
        {
            _ = strip("s", 3, "", &stem)
        }
        if strip("ied", 2, "y", &stem) || strip("ily", 2, "y", &stem) {
            // as it is
        } else if cut("ing", &stem) || cut("ed", &stem) || cut("ly", &stem) {
            undouble(&stem)
        }
        _ = strip("e", 3, "", &stem)
        if stem.count > 3, stem.last == 0x79 { stem[stem.count - 1] = 0x69 }
        return stem
    }

    private static func ends(_ ending: StaticString, _ word: [UInt32]) -> Bool {
        let count = ending.utf8CodeUnitCount
        guard word.count >= count else { return false }
        return (0..<count).allSatisfy { word[word.count - count + $0] == UInt32(ending.utf8Start[$0]) }
    }

    /// Takes an ending away and puts another in its place, where at least `rest` letters stay.
    private static func strip(
        _ ending: StaticString, _ rest: Int, _ other: StaticString, _ word: inout [UInt32]
    ) -> Bool {
        guard ends(ending, word), word.count - ending.utf8CodeUnitCount >= rest else { return false }
        word.removeLast(ending.utf8CodeUnitCount)
        for at in 0..<other.utf8CodeUnitCount { word.append(UInt32(other.utf8Start[at])) }
        return true
    }

    /// Takes an ending away that has a vowel before it: not that of `thing` or `red`.
    private static func cut(_ ending: StaticString, _ word: inout [UInt32]) -> Bool {
        let rest = word.count - ending.utf8CodeUnitCount
        guard rest >= 3, ends(ending, word), word[0..<rest].contains(where: isVowel) else { return false }
        word.removeLast(ending.utf8CodeUnitCount)
        return true
    }

    private static func undouble(_ word: inout [UInt32]) {
        guard word.count > 3, let last = word.last, last == word[word.count - 2], !isVowel(last) else { return }
        // `fill`, `pass` and `buzz` keep theirs
        if last != 0x6C, last != 0x73, last != 0x7A { word.removeLast() }
    }

    private static func isVowel(_ letter: UInt32) -> Bool {
        letter == 0x61 || letter == 0x65 || letter == 0x69 || letter == 0x6F || letter == 0x75 || letter == 0x79
    }
}
