/// A prompt as it is compared with others: its words, and a vector of eight bits a number.
package struct PromptPrint: Sendable {
    /// Of length about `PromptPrint.length`.
    let vector: [Int8]
    let text: [UInt8]

    /// Longer prompts, in bytes, are found by their exact keys alone: what is near for so long a text may differ in
    /// much.
    package static let longest = 1024
    /// The table's vectors have their strongest directions in front.
    static let dimensions = 128
    /// Of the vector. No number is above 63, so that the products of eight pairs fit sixteen bits.
    static let length: Float = 127

    /// Nil for a prompt that is too long, that has no known words, or that is in a language whose negations and numbers
    /// the second check does not know.
    package init?(_ prompt: UnsafeRawBufferPointer, _ scratch: JudgeScratch) {
        guard prompt.count <= Self.longest, !prompt.isEmpty, Self.isKnown(Language.of(prompt)) else { return nil }
        scratch.features.takeVector(prompt)
        let numbers = scratch.features.vector.numbers.prefix(Self.dimensions)
        var square: Float = 0
        for number in numbers { square += number * number }
        guard square > 1e-6, numbers.count == Self.dimensions else { return nil }
        let factor = Self.length / square.squareRoot()
        vector = numbers.map { Int8(max(-63, min(63, ($0 * factor).rounded()))) }
        text = Array(prompt)
    }

    /// Makes what all of them need (tables, word lists), so that no loop does so at its first request. Some 20 ms, once.
    package static func prepare() {
        let scratch = JudgeScratch()
        Array("一 one".utf8).withUnsafeBytes {
            _ = PromptPrint($0, scratch)
            _ = PromptFacts($0)
        }
    }

    private static func isKnown(_ language: Language) -> Bool {
        switch language {
        case .en, .zh, .unknown: true
        default: false
        }
    }

    /// Whether they ask for the same, beside being near: the second check.
    func asksTheSame(as text: [UInt8]) -> Bool {
        if self.text == text { return true }
        return PromptCheck.agree(
            self.text.withUnsafeBytes { PromptFacts($0) }, text.withUnsafeBytes { PromptFacts($0) })
    }
}
