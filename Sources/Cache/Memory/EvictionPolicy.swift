import Settings

/// Which entries go when there is no room.
package enum EvictionPolicy: String, Variant, Sendable {
    /// Newcomers prove themselves in a small queue; what passes by once never reaches the large one (Yang et al., SOSP 2023).
    case s3Fifo = "s3-fifo"
    /// What was not asked for longest.
    case lru

    package static let noun = "policy"
    package static let spellings: [String: EvictionPolicy] = ["s3fifo": .s3Fifo]
}
