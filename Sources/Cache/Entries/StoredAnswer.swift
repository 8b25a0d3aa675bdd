package import NIOCore

/// A whole answer that is kept: what was said of it and its bytes. Immutable; loops share it without asking.
package final class StoredAnswer: Sendable {
    package enum Kind: Sendable, Hashable {
        /// An answer to GET, by RFC 9111.
        case http
        /// An agent's answer to a POST, whose body is part of the key.
        case agent(isStream: Bool)
    }

    package let facts: StoredFacts
    /// The reason phrase; often empty.
    package let reason: [UInt8]
    /// Field lines, each with its CR LF, as `HeadFields.stored` leaves them.
    package let fields: [UInt8]
    package let body: ByteBuffer
    /// When its events came (`ReplayPlan.bytes`), where that is wanted; empty for nearly all.
    package let pace: [UInt8]
    /// What the request had in the fields that `Vary` names (`VaryKey.values`).
    package let varyValues: [UInt8]
    /// The whole key, compared before the answer is used.
    package let key: [UInt8]
    package let kind: Kind
    /// Somebody asked for it to be fetched anew, and it may serve until that is done.
    package let isSoftPurged: Bool
    /// Bytes of memory that it takes, everything counted.
    package let cost: Int

    /// Copies what has more memory than it needs.
    package init(
        facts: StoredFacts, reason: [UInt8] = [], fields: [UInt8], body: ByteBuffer, pace: [UInt8] = [],
        varyValues: [UInt8] = [], key: [UInt8], kind: Kind = .http, isSoftPurged: Bool = false
    ) {
        self.facts = facts
        self.reason = reason.exact
        self.fields = fields.exact
        self.body = body.kept
        self.pace = pace.exact
        self.varyValues = varyValues.exact
        self.key = key.exact
        self.kind = kind
        self.isSoftPurged = isSoftPurged
        let texts = [reason.count, fields.count, pace.count, varyValues.count, key.count]
        let own = MemoryCost.block(16 + MemoryLayout<Parts>.size)
        cost = texts.reduce(own + facts.cost + MemoryCost.body(body.readableBytes)) { $0 + MemoryCost.array($1) }
    }

    /// What an instance holds, for its size.
    private struct Parts {
        var facts: StoredFacts
        var texts: ([UInt8], [UInt8], [UInt8], [UInt8], [UInt8])
        var body: ByteBuffer
        var kind: Kind
        var isSoftPurged: Bool
        var cost: Int
    }

    /// The same answer with what a validation told of it (RFC 9111 4.3.4). The body's memory is shared.
    package func freshened(facts: StoredFacts, fields: [UInt8]) -> StoredAnswer {
        StoredAnswer(
            facts: facts, reason: reason, fields: fields, body: body, pace: pace, varyValues: varyValues,
            key: key, kind: kind)
    }

    /// The same answer, stale from `now` (wall-clock milliseconds) on: the times in which a stale answer may serve are
    /// counted from there.
    package func softPurged(now: Int64) -> StoredAnswer {
        var facts = facts
        facts.lifetime = max(0, min(facts.lifetime, facts.age(now)))
        return StoredAnswer(
            facts: facts, reason: reason, fields: fields, body: body, pace: pace, varyValues: varyValues,
            key: key, kind: kind, isSoftPurged: true)
    }

    /// Answers of the same variant replace each other.
    func isSameVariant(as other: StoredAnswer) -> Bool {
        facts.vary == other.facts.vary && varyValues == other.varyValues
    }
}

extension StoredFacts {
    /// Bytes of memory beside the value itself.
    var cost: Int { MemoryCost.array(etag.count) + MemoryCost.arrays(vary) + MemoryCost.arrays(tags) }
}
