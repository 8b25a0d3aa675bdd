/// The model that was chosen for a request.
package struct ModelChoice: Sendable, Hashable {
    package var model: String
    /// The rule that held; nil where none did, and the model is `defaultModel`.
    package var rule: String?

    package init(model: String, rule: String?) {
        self.model = model
        self.rule = rule
    }
}
