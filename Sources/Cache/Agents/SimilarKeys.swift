/// Where questions that mean nearly the same find each other's answers: the place of the embedder, which this version
/// does not have. Until then `semantic` goes by exact keys.
///
/// It is asked after the exact key was looked up in vain, and its answer is looked up as any other key.
package protocol SimilarKeys: Sendable {
    /// The key under which the answer to the most similar question was kept; nil where none is similar enough.
    ///
    /// - Parameters:
    ///   - frame: everything that must be equal: tenant, rule, target and the request in canonical form without its
    ///     prompt.
    ///   - prompt: UTF-8.
    ///   - similarity: the least that counts, 0 to 1.
    func key(frame: [UInt8], prompt: [UInt8], similarity: Double) -> [UInt8]?

    /// An answer to this question was kept under `key`.
    func keep(_ key: [UInt8], frame: [UInt8], prompt: [UInt8])
}
