/// What stands in an answer in place of vectors.
struct EmbeddingsFault: Error, Sendable, Equatable {
    var found: String

    init(_ found: String) { self.found = found }
}
