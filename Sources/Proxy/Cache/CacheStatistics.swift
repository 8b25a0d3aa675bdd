internal import Cache
package import Settings
package import Telemetry

/// What `cache.stats` tells: the layers, what was asked of them, and why answers were not kept. Counted since the
/// start.
package struct CacheStatistics {
    private let layers: [CacheLayerFacts]
    private let activity: CacheActivity
    private let counted: Snapshot

    package init(_ cache: any CacheOperations, _ counted: Snapshot) {
        layers = cache.layers
        activity = cache.activity
        self.counted = counted
    }

    package var node: Node {
        .object([
            ("enabled", .flag(!layers.isEmpty)), ("hitRatio", .double(Self.rounded(counted.cacheHitRatio))),
            ("requests", .object(Tally.cacheOutcomes.map { ($0.label, .int(counted[$0.tally])) })),
            ("coalesced", .int(counted[.cacheCoalesced])), ("stored", .int(counted[.cacheStored])),
            ("notStored", .object(refusals)),
            (
                "shadow",
                .object([
                    ("same", .int(counted[.cacheShadowSame])), ("different", .int(counted[.cacheShadowDifferent])),
                ])
            ),
            ("fills", .int(activity.fills)), ("waiting", .int(activity.waiting)),
            ("epoch", activity.epoch.map { .int($0) } ?? .null), ("layers", .list(layers.map(row))),
        ])
    }

    /// Reasons that there were, the most frequent first.
    private var refusals: [(String, Node)] {
        zip(counted.labels.refusals, counted.refusals).filter { $0.1 > 0 }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            .map { ($0.0, .int($0.1)) }
    }

    private func row(_ layer: CacheLayerFacts) -> Node {
        let count = counted.layer(layer.label)
        let lookups = CacheLookup.allCases.map { ($0.label, Node.int(count?[$0] ?? 0)) }
        return .object(
            [
                ("name", .string(layer.name)), ("type", .string(layer.type.rawValue)),
                ("entries", layer.entries.map { .int($0) } ?? .null), ("bytes", layer.bytes.map { .int($0) } ?? .null),
                ("mostEntries", layer.mostEntries.map { .int($0) } ?? .null),
                ("mostBytes", layer.mostBytes.map { .int($0) } ?? .null), ("evictions", .int(layer.evictions)),
                ("trouble", .text(layer.trouble)), ("hitRatio", .double(Self.rounded(count?.hitRatio ?? 0))),
                ("lookupMicros", .double(micros(count))),
            ] + lookups)
    }

    /// The mean of those lookups whose time was taken, in microseconds.
    private func micros(_ count: LayerCount?) -> Double {
        guard let count else { return 0 }
        let all = count.buckets.reduce(0, +)
        return all == 0 ? 0 : Self.rounded(Double(count.nanoseconds) / Double(all) / 1000)
    }

    /// Three digits behind the point.
    private static func rounded(_ number: Double) -> Double { (number * 1000).rounded() / 1000 }
}
