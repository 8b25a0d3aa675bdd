/// How much a prompt asks of a model, as `estimated_complexity` of a model rule has it.
package enum Complexity: String, Sendable, CaseIterable {
    case low, medium, high

    /// Of a long text, as many bytes of the beginning and of the end are looked at: what is asked stands there.
    private static let looked = 8192

    /// `text` is what is judged, UTF-8. `tokens` is the length of the whole request; without it, of the text.
    /// How the level comes about: `ComplexityEstimate`.
    package static func of(_ text: UnsafeRawBufferPointer, tokens: Int? = nil) -> ComplexityEstimate {
        var estimate = ComplexityEstimate()
        estimate.tokens = tokens ?? TokenEstimate.of(text)
        for length in ComplexityEstimate.lengths where estimate.tokens >= length { estimate.add(.length) }
        var count = ComplexityCount(estimate)
        if text.count > 2 * Self.looked {
            count.take(UnsafeRawBufferPointer(rebasing: text.prefix(Self.looked)))
            count.pass(over: UnsafeRawBufferPointer(rebasing: text.dropFirst(Self.looked).dropLast(Self.looked)))
            count.take(UnsafeRawBufferPointer(rebasing: text.suffix(Self.looked)))
        } else {
            count.take(text)
        }
        return count.estimate
    }
}
