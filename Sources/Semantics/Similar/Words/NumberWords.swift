/// Numbers in words: English from `two` on, Chinese numerals. `one` and 一 alone are articles more often than numbers.
enum NumberWords {
    static let english: [UInt64: Int] = {
        var words: [UInt64: Int] = [:]
        let small = [
            "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
            "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
        ]
        for (index, word) in small.enumerated() { words[WordHash.of(Substring(word))] = index + 2 }
        for (index, word) in ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"].enumerated() {
            words[WordHash.of(Substring(word))] = 10 * index + 30
        }
        return words
    }()

    private static let digits: [UInt32: Int] = {
        var digits: [UInt32: Int] = [:]
        for (value, scalar) in "零一二三四五六七八九".unicodeScalars.enumerated() { digits[scalar.value] = value }
        digits[0x3007] = 0  // 〇
        digits[0x4E24] = 2  // 两
        return digits
    }()

    private static let powers: [UInt32: Int] = [
        0x5341: 10, 0x767E: 100, 0x5343: 1000, 0x4E07: 10_000, 0x4EBF: 100_000_000,
    ]

    static func isNumeral(_ scalar: UInt32) -> Bool { digits[scalar] != nil || powers[scalar] != nil }

    /// The value of a run of Chinese numerals; nil where it is none.
    static func value(_ run: ArraySlice<UInt32>) -> Int? {
        guard run.count <= 12 else { return nil }
        if run.count > 1, run.allSatisfy({ digits[$0] != nil }) { return run.reduce(0) { 10 * $0 + (digits[$1] ?? 0) } }
        var (total, section, digit) = (0, 0, 0)
        for scalar in run {
            if let value = digits[scalar] {
                digit = value
            } else if let power = powers[scalar], power < 10_000 {
                section += max(digit, 1) * power
                digit = 0
            } else if let power = powers[scalar] {
                total += max(section + digit, 1) * power
                (section, digit) = (0, 0)
            }
        }
        return total + section + digit
    }
}
