@testable import Telemetry
import Testing

@Suite("What the cache does is counted by layer and in all, and told on the page of metrics")
struct CacheCountersTests {
    private static func labels(_ layers: [String] = ["L1", "L2"]) -> CounterLabels {
        var labels = CounterLabels(errorKinds: [], refusals: ["private", "no-store"])
        for layer in layers { _ = labels.layer(layer) }
        return labels
    }

    private func page(_ sum: Snapshot, _ layers: [CacheGauge]) throws -> PrometheusPage {
        var process = ProcessFacts()
        process.cacheLayers = layers
        return try PrometheusPage(
            String(decoding: MetricsPage.text(sum, agents: [], process: process), as: UTF8.self))
    }

    @Test("lookups, sizes, ratios and reasons stand under their names")
    func told() throws {
        let counters = LoopCounters(labels: Self.labels())
        for _ in 0..<3 { counters.cacheLookup(layer: 0, .hit, nanoseconds: 3_000) }
        counters.cacheLookup(layer: 0, .miss)
        counters.cacheLookup(layer: 1, .error, nanoseconds: 20_000_001)
        counters.add(3, to: .cacheHits)
        counters.add(1, to: .cacheMisses)
        counters.add(5, to: .cacheCoalesced)
        counters.notStored(reason: 1)
        counters.shadowed(isSame: true)
        counters.shadowed(isSame: false)
        let page = try page(
            counters.snapshot(),
            [
                CacheGauge(layer: "L1", index: 0, entries: 7, bytes: 4096, evictions: 2),
                CacheGauge(layer: "L2", index: 1, entries: nil, bytes: nil, evictions: 0),
            ])
        let requests = "gateway_cache_requests_total"
        #expect(page.value(requests, ["layer": "L1", "outcome": "hit"]) == 3)
        #expect(page.value(requests, ["layer": "L1", "outcome": "miss"]) == 1)
        #expect(page.value(requests, ["layer": "L2", "outcome": "error"]) == 1)
        #expect(page.value(requests, ["layer": "-", "outcome": "hit"]) == 3)
        #expect(page.value("gateway_cache_hit_ratio", ["layer": "-"]) == 0.75)
        #expect(page.value("gateway_cache_hit_ratio", ["layer": "L2"]) == 0)
        let lookup = "gateway_cache_lookup_seconds"
        #expect(page.value(lookup + "_count", ["layer": "L1"]) == 3, "a lookup that nobody timed is in no bucket")
        #expect(page.value(lookup + "_sum", ["layer": "L1"]) == 0.000_009)
        #expect(page.value("gateway_cache_entries", ["layer": "L1"]) == 7)
        #expect(page.value("gateway_cache_entries", ["layer": "L2"]) == nil, "nobody counts what is in a Redis")
        #expect(page.value("gateway_cache_bytes", ["layer": "L1"]) == 4096)
        #expect(page.value("gateway_cache_evictions_total", ["layer": "L1"]) == 2)
        #expect(page.value("gateway_cache_coalesced_total") == 5)
        #expect(page.value("gateway_cache_not_stored_total", ["reason": "no-store"]) == 1)
        #expect(page.value("gateway_cache_shadow_total", ["result": "same"]) == 1)
        #expect(page.value("gateway_cache_shadow_total", ["result": "different"]) == 1)
    }

    @Test("a proxy without a cache has no lines of it")
    func silent() throws {
        let page = try page(LoopCounters(labels: Self.labels([])).snapshot(), [])
        #expect(!page.kinds.keys.contains { $0.hasPrefix("gateway_cache") })
    }

    @Test("loops add up; a layer that only one of them knows counts too", arguments: [false, true])
    func sums(isSwapped: Bool) {
        let old = LoopCounters(labels: Self.labels(["L1"]))
        old.cacheLookup(layer: 0, .hit, nanoseconds: 1)
        let new = LoopCounters(labels: Self.labels())
        new.cacheLookup(layer: 0, .hit, nanoseconds: 1)
        new.cacheLookup(layer: 1, .stale, nanoseconds: 1)
        new.notStored(reason: 0)
        var sum = Snapshot(labels: Self.labels([]))
        for counters in isSwapped ? [new, old] : [old, new] { sum += counters.snapshot() }
        #expect(sum.layer(0)?[.hit] == 2 && sum.layer(1)?[.stale] == 1 && sum.layer(2) == nil)
        #expect(sum.refusals == [1, 0] && sum.labels.layers == ["L1", "L2"])
    }

    @Test("adopting further layers keeps what was counted, and what is out of range counts nowhere")
    func adopting() {
        var labels = Self.labels(["L1"])
        let counters = LoopCounters(labels: labels)
        counters.cacheLookup(layer: 0, .miss, nanoseconds: 5)
        counters.cacheLookup(layer: 1, .miss)
        counters.cacheLookup(layer: -1, .miss)
        counters.notStored(reason: 2)
        #expect(labels.layer("L2") == 1 && labels.layer("L1") == 0)
        counters.adopt(labels)
        counters.cacheLookup(layer: 1, .hit)
        let snapshot = counters.snapshot()
        #expect(snapshot.layer(0)?[.miss] == 1 && snapshot.layer(0)?.nanoseconds == 5)
        #expect(snapshot.layer(1)?[.hit] == 1 && snapshot.refusals == [0, 0])
    }

    @Test(
        "a lookup falls into the first bucket whose border it does not pass",
        arguments: [(0, 0), (2_500, 0), (2_501, 1), (20_000_000, 10), (Int64.max, 13)] as [(Int64, Int)])
    func buckets(nanoseconds: Int64, bucket: Int) {
        let counters = LoopCounters(labels: Self.labels())
        counters.cacheLookup(layer: 0, .hit, nanoseconds: nanoseconds)
        #expect(counters.snapshot().layer(0)?.buckets.firstIndex(of: 1) == bucket)
    }
}
