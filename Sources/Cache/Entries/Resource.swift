package import Wire

/// All that is kept under one key: the variants that `Vary` makes, the newest first. Immutable, never empty, and at most
/// `mostVariants`.
package final class Resource: Sendable {
    package static let mostVariants = 10

    package let key: [UInt8]
    /// By `Date`, the newest first (RFC 9111 4: of several that fit, the newest is used).
    package let variants: [StoredAnswer]
    /// How long each may stay, in the order of `variants`: wall-clock milliseconds.
    let stays: [Int64]
    /// When the first of them must go.
    let firstEnd: Int64
    /// Bytes of memory, everything counted.
    package let cost: Int

    package convenience init(_ answer: StoredAnswer, until: Int64 = .max) {
        self.init(key: answer.key, [answer], [until])
    }

    /// Out of a layer that keeps whole answers; nil for none. All are of one key.
    package convenience init?(_ answers: [StoredAnswer], until: Int64 = .max) {
        guard let key = answers.first?.key else { return nil }
        let newest = answers.sorted { $0.facts.date > $1.facts.date }.prefix(Self.mostVariants)
        self.init(key: key, Array(newest), Array(repeating: until, count: newest.count))
    }

    private init(key: [UInt8], _ variants: [StoredAnswer], _ stays: [Int64]) {
        self.key = key
        self.variants = variants
        self.stays = stays
        firstEnd = stays.min() ?? .max
        let own = MemoryCost.block(16 + 5 * 8) + 2 * MemoryCost.array(variants.count, stride: 8)
        cost = variants.reduce(own) { $0 + $1.cost }
    }

    /// When all of it must be gone.
    package var lastEnd: Int64 { stays.max() ?? 0 }

    /// The variant that this request selects (RFC 9111 4.1).
    package func selecting(_ head: RequestHead) -> StoredAnswer? {
        variants.first { VaryKey.selects($0.facts.vary, $0.varyValues, head) }
    }

    /// With this answer, in place of an older one of the same variant. The oldest variant beyond the most goes.
    package func adding(_ answer: StoredAnswer, until: Int64 = .max) -> Resource {
        var kept = Array(zip(variants, stays)).filter { !$0.0.isSameVariant(as: answer) }
        let place = kept.firstIndex { $0.0.facts.date <= answer.facts.date } ?? kept.endIndex
        kept.insert((answer, until), at: place)
        if kept.count > Self.mostVariants {
            // the newcomer is what was just asked for, however old its `Date` is
            kept.remove(at: place == kept.count - 1 ? kept.count - 2 : kept.count - 1)
        }
        return Resource(key: key, kept.map(\.0), kept.map(\.1))
    }

    /// Without the oldest variant; nil where that was the only one.
    func withoutOldest() -> Resource? { filtered { $0 < variants.count - 1 } }

    /// Without what must be gone by `now`; nil where nothing is left.
    package func remaining(_ now: Int64) -> Resource? { filtered { stays[$0] > now } }

    /// Each variant as `change` makes it; nil where it makes nothing of any.
    package func mapped(_ change: (StoredAnswer) -> StoredAnswer?) -> Resource? {
        let changed = zip(variants, stays).compactMap { answer, stay in change(answer).map { ($0, stay) } }
        return changed.isEmpty ? nil : Resource(key: key, changed.map(\.0), changed.map(\.1))
    }

    private func filtered(_ stays: (Int) -> Bool) -> Resource? {
        let kept = variants.indices.filter(stays)
        if kept.isEmpty { return nil }
        return Resource(key: key, kept.map { variants[$0] }, kept.map { self.stays[$0] })
    }
}
