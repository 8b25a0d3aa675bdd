/// The same key, the same agent: the one that draws best of all for it. Looks at all agents.
struct Rendezvous: KeyStrategy {
    static let name = "rendezvous"
    static let spellings = ["highest-random-weight", "hrw"]
    static let meaning = "as `hash`: of all agents the one that draws best for the key"

    var keys: Owners
}
