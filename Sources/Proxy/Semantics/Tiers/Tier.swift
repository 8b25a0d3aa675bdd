internal import NIOCore
internal import Semantics
internal import Synchronization

/// One of `semantic.tiers` at work: where its vectors come from, and those that it remembers. Outlives generations that
/// leave it as it is.
final class Tier: Sendable {
    /// A vector, and whether it was remembered.
    struct Found: Sendable {
        var vector: [Float]
        var isCached: Bool
    }

    /// What a text means shows within so many bytes; endpoints refuse more tokens than their model takes.
    static let mostBytes = 8 << 10

    let settings: SemanticTierSettings
    let counters = TierCounters()
    private let source: any VectorSource
    private let learn: TierSources.Learning
    private let cache: VectorCache
    /// Vectors of the examples that were learnt last: who changes one of them waits for that one.
    private let lessons = Mutex<[String: [Float]]>([:])

    init(
        _ settings: SemanticTierSettings, _ source: any VectorSource, learn: @escaping TierSources.Learning
    ) {
        self.learn = learn
        self.settings = settings
        self.source = source
        cache = VectorCache(settings.cacheEntries)
    }

    var name: String { settings.name }

    /// The vector of a request's text; `done` is called once, on any thread; before this returns where it is known.
    func vector(
        of text: String, until limit: NIODeadline, _ done: @escaping @Sendable (Result<Found, TierFault>) -> Void
    ) {
        let key = VectorCache.Key(text)
        if let known = cache.vector(of: key) { return done(.success(Found(vector: known, isCached: true))) }
        source.vector(of: asGiven(text), until: limit) { [cache] result in
            if case .success(let vector) = result { cache.keep(vector, of: key) }
            done(result.map { Found(vector: $0, isCached: false) })
        }
    }

    /// E5 and others are given a few words before each text.
    private func asGiven(_ text: String) -> String { settings.type == .endpoint ? settings.prefix + text : text }

    /// Learns categories. Takes its time, off the loops.
    func judge(of categories: [CategoryExamples]) async throws(TierFault) -> (judge: any TierJudge, dimensions: Int) {
        let texts = (categories.flatMap(\.examples) + categories.flatMap(\.negatives)).map { Self.cut($0) }
        var known = lessons.withLock { $0 }
        var missing: [String] = []
        var seen: Set<String> = []
        for text in texts where known[text] == nil && seen.insert(text).inserted { missing.append(text) }
        while !missing.isEmpty {
            if Task.isCancelled { throw .closed }
            let next = Array(missing.prefix(source.lessonSize))
            missing.removeFirst(next.count)
            let vectors = try await source.vectors(of: next.map { asGiven($0) })
            for (text, vector) in zip(next, vectors) { known[text] = vector }
        }
        let vectors = texts.compactMap { known[$0] }
        let dimensions = vectors.first?.count ?? 0
        if let other = vectors.first(where: { $0.count != dimensions }) {
            // those of another time are of another model
            forget()
            throw .dimensions(expected: dimensions, found: other.count)
        }
        let wanted = Set(texts)
        lessons.withLock { [known] in $0 = known.filter { wanted.contains($0.key) } }
        source.expect(dimensions: dimensions)
        return (learn(categories, vectors), dimensions)
    }

    /// Another model answers: what the one before said is worth nothing.
    func forget() {
        lessons.withLock { $0 = [:] }
        cache.clear()
    }

    func close() { source.close() }

    /// The beginning of a text, of which no character is cut through.
    static func cut(_ bytes: [UInt8]) -> String {
        guard bytes.count > mostBytes else { return String(decoding: bytes, as: UTF8.self) }
        var end = mostBytes
        while end > mostBytes - 4, bytes[end] & 0xc0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count > mostBytes ? cut(Array(text.utf8)) : text
    }
}
