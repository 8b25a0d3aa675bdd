/// Names of tiers that no configuration gives.
enum SemanticTierName {
    /// The one that is asked first, by every loop for itself.
    static let builtIn = "builtin"
}
