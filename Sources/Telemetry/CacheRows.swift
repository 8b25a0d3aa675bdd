/// What the page of metrics tells of one layer of the cache beyond the counters of loops.
package struct CacheGauge: Sendable {
    package var layer: String
    /// The layer's index in `CounterLabels`; -1 where it has no counters yet.
    package var index: Int
    /// Nil where the layer does not know: a Redis is asked by nobody but requests.
    package var entries: Int?
    package var bytes: Int?
    package var evictions: Int

    package init(layer: String, index: Int, entries: Int?, bytes: Int?, evictions: Int) {
        self.layer = layer
        self.index = index
        self.entries = entries
        self.bytes = bytes
        self.evictions = evictions
    }
}

extension Snapshot {
    /// What was counted for a layer by its index in `CounterLabels.layers`; nil where there is no such layer.
    package func layer(_ index: Int) -> LayerCount? { layers.indices.contains(index) ? layers[index] : nil }

    /// The share of requests that asked the cache and were answered from it, whatever the layer.
    package var cacheHitRatio: Double {
        let hits = self[.cacheHits]
        let all = hits + self[.cacheMisses] + self[.cacheRevalidations]
        return all == 0 ? 0 : Double(hits) / Double(all)
    }
}

extension MetricsPage {
    /// The label of what was counted without regard to a layer.
    private static let whole = [("layer", "-")]

    /// A proxy without a cache has no lines.
    static func writeCache(_ sum: Snapshot, _ layers: [CacheGauge], to page: inout Exposition) {
        guard !layers.isEmpty else { return }
        let counted = layers.compactMap { gauge in sum.layer(gauge.index).map { (gauge.layer, $0) } }
        page.family(MetricNames.cacheRequests)
        for (outcome, tally) in Tally.cacheOutcomes {
            page.sample(MetricNames.cacheRequests, whole + [("outcome", outcome)], sum[tally])
        }
        for (layer, count) in counted {
            for outcome in CacheLookup.allCases {
                page.sample(
                    MetricNames.cacheRequests, [("layer", layer), ("outcome", outcome.label)], count[outcome])
            }
        }
        page.family(MetricNames.cacheHitRatio)
        page.sample(MetricNames.cacheHitRatio, whole, sum.cacheHitRatio)
        for (layer, count) in counted { page.sample(MetricNames.cacheHitRatio, [("layer", layer)], count.hitRatio) }
        page.family(MetricNames.cacheLookups)
        for (layer, count) in counted {
            page.histogram(
                MetricNames.cacheLookups, [("layer", layer)], borders: CacheCounters.borders, buckets: count.buckets,
                nanoseconds: count.nanoseconds)
        }
        writeLayers(layers, to: &page)
        page.family(MetricNames.cacheCoalesced)
        page.sample(MetricNames.cacheCoalesced, [], sum[.cacheCoalesced])
        page.family(MetricNames.cacheStored)
        page.sample(MetricNames.cacheStored, [], sum[.cacheStored])
        page.family(MetricNames.cacheRefused)
        for (reason, word) in sum.labels.refusals.enumerated() where reason < sum.refusals.count {
            page.sample(MetricNames.cacheRefused, [("reason", word)], sum.refusals[reason])
        }
        page.family(MetricNames.cacheShadow)
        page.sample(MetricNames.cacheShadow, [("result", "same")], sum[.cacheShadowSame])
        page.sample(MetricNames.cacheShadow, [("result", "different")], sum[.cacheShadowDifferent])
        page.family(MetricNames.cacheSimilar)
        page.sample(MetricNames.cacheSimilar, [("result", "hit")], sum[.cacheSimilarHits])
        page.sample(MetricNames.cacheSimilar, [("result", "shadow")], sum[.cacheSimilarShadowed])
    }

    private static func writeLayers(_ layers: [CacheGauge], to page: inout Exposition) {
        page.family(MetricNames.cacheEntries)
        for layer in layers {
            if let entries = layer.entries {
                page.sample(MetricNames.cacheEntries, [("layer", layer.layer)], entries)
            }
        }
        page.family(MetricNames.cacheBytes)
        for layer in layers {
            if let bytes = layer.bytes { page.sample(MetricNames.cacheBytes, [("layer", layer.layer)], bytes) }
        }
        page.family(MetricNames.cacheEvictions)
        for layer in layers {
            page.sample(MetricNames.cacheEvictions, [("layer", layer.layer)], layer.evictions)
        }
    }
}
