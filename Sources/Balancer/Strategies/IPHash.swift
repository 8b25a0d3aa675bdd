/// The same client, the same agent, as long as it can serve; then that client's next best, and nobody else moves.
struct IPHash: KeyStrategy {
    static let name = "ip-hash"
    static let spellings = ["source", "source-ip", "client-ip"]
    static let meaning = "the same agent for the same client address, by weight"

    var keys: Owners
}
