internal import Semantics
internal import Settings

/// What operators are told of a tier.
struct TierFacts: Sendable, Equatable {
    var name: String
    var type: SemanticTierKind
    /// It has learnt the categories, and is asked.
    var isReady = false
    /// Unix seconds from which on it is ready, or is not.
    var since = 0.0
    /// Why it is not ready; nil while it is, or learns for the first time.
    var trouble: String?

    /// Texts since the tier is there. Each of `asked` is one of `answered`, `failed`, `late` or `skipped`.
    var asked = 0
    var answered = 0
    /// Of `answered`.
    var cacheHits = 0
    var failed = 0
    /// Not answered before the request went on.
    var late = 0
    /// Left out at once: too many waited, or the tier was resting after failures.
    var skipped = 0
    /// From the question to the answer; the cache's do not count.
    var meanMilliseconds = 0.0

    init(name: String, type: SemanticTierKind) {
        self.name = name
        self.type = type
    }

    /// For `status`.
    var node: Node {
        .object([
            ("name", .string(name)), ("type", .string(type.rawValue)), ("ready", .flag(isReady)),
            ("sinceMs", .int(Int(since * 1000))), ("trouble", .text(trouble)), ("asked", .int(asked)),
            ("answered", .int(answered)), ("cacheHits", .int(cacheHits)), ("failed", .int(failed)),
            ("late", .int(late)), ("skipped", .int(skipped)),
            ("meanMicroseconds", .int(Int(meanMilliseconds * 1000))),
        ])
    }
}
