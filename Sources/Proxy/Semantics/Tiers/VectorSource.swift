internal import NIOCore

/// Where a tier's vectors come from: an encoder in this process, or a server.
protocol VectorSource: AnyObject, Sendable {
    /// How many examples `vectors` is given at once: little enough that requests in between need not wait long.
    var lessonSize: Int { get }

    /// The vector of a request's text. `done` is called once, on any thread; perhaps later than `limit`, when nobody
    /// but a cache wants it any more. Work that would begin after `limit` is left undone.
    func vector(
        of text: String, until limit: NIODeadline, _ done: @escaping @Sendable (Result<[Float], TierFault>) -> Void)

    /// The vectors of examples, in their order; takes its time, and is asked for nothing else meanwhile.
    func vectors(of examples: [String]) async throws(TierFault) -> [[Float]]

    /// What it was learnt with: vectors of any other length are wrong from now on.
    func expect(dimensions: Int)

    /// Gives up what is under way.
    func close()
}
