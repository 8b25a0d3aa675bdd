/// Whether an answer may be kept.
package enum Storability: Sendable, Equatable {
    case store(StoredFacts)
    case not(NotStored)
}
