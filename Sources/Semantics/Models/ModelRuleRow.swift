/// What `explain` tells of one model rule.
package struct ModelRuleRow: Sendable, Hashable {
    /// What one condition of a rule found.
    package struct Finding: Sendable, Hashable {
        /// The condition's key: `taskType`.
        package var key: String
        package var holds: Bool
        /// `code_generation, analysis: 0.420, below 0.5`.
        package var because: String
    }

    /// Nil: `defaultModel`, which comes last and always holds.
    package var rule: String?
    package var model: String
    package var holds: Bool
    /// It is the first that holds: its model is the one.
    package var decides: Bool
    package var findings: [Finding]
}
