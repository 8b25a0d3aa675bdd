/// Something in a text that made it more or less complex, for `explain`.
package struct ComplexityReason: Sendable, Equatable {
    /// As `Feature` spells it.
    package var name: String
    package var count: Int
    package var points: Double
}
