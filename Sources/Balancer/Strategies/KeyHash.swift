/// The same key, the same agent: what `hash.on` names decides, whichever of the ways to hash serves the pool best.
/// Today it is `rendezvous`, which moves the fewest keys and shares them out most evenly.
struct KeyHash: KeyStrategy {
    static let name = "hash"
    static let meaning = "the same agent for the same value of `hash.on`, by weight"

    var keys: Owners
}
