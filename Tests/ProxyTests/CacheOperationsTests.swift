import Cache
import NIOCore
@testable import Proxy
import Settings
import Telemetry
import Testing
import Wire

@Suite("what operators mean is what is removed, and nothing else")
struct CacheSelectionTests {
    private func answer(_ path: String = "/v1/models", query: String? = nil, tags: [String] = []) -> StoredAnswer {
        var key = KeyText()
        key.add(.scheme, "http")
        key.add(.authority, "example.com")
        key.add(.path, path)
        if let query { key.add(.query, query) }
        var facts = StoredFacts()
        facts.tags = tags.map { Array($0.utf8) }
        return StoredAnswer(facts: facts, fields: [], body: ByteBuffer(string: "x"), key: key.bytes)
    }

    private func selects(
        _ kind: String, _ value: String, _ answer: StoredAnswer, name: String = "agent:response:chat:acme:00"
    ) throws -> Bool {
        try #require(CacheSelection(kind: kind, value: value)).selects(answer, named: Array(name.utf8))
    }

    @Test("by name, its beginning and a pattern")
    func names() throws {
        #expect(try selects("all", "", answer()))
        #expect(try selects("key", "agent:response:chat:acme:00", answer()))
        #expect(try !selects("key", "agent:response:chat:acme:0", answer()))
        #expect(try selects("prefix", "agent:response:chat:", answer()))
        #expect(try !selects("prefix", "agent:response:chap", answer()))
        #expect(try selects("pattern", "agent:response:*:acme:*", answer()))
        #expect(try !selects("pattern", "agent:response:*:acme", answer()))
    }

    @Test("by tag, whole")
    func tags() throws {
        #expect(try selects("tag", "b", answer(tags: ["a", "b"])))
        #expect(try !selects("tag", "ab", answer(tags: ["a", "b"])))
    }

    @Test(
        "by address, with its query and no other",
        arguments: [
            ("http://example.com/v1/models", nil, true), ("https://Example.com/v1/models", nil, true),
            ("http://example.com/v1/models?a=1", nil, false), ("http://example.com/v1/models", "a=1", false),
            ("http://example.com/v1/models?a=1", "a=1", true), ("http://example.com/v1/models?", "", true),
            ("http://example.com/v1/model", nil, false), ("http://other.com/v1/models", nil, false),
        ] as [(String, String?, Bool)])
    func addresses(url: String, query: String?, wanted: Bool) throws {
        #expect(try selects("url", url, answer(query: query)) == wanted)
    }

    @Test("a selection survives the way to another replica; what is none is refused")
    func messages() throws {
        for (kind, value) in [
            ("all", ""), ("key", "k"), ("prefix", "p"), ("pattern", "a*"), ("tag", "t"), ("url", "http://h/"),
        ] {
            let selection = try #require(CacheSelection(kind: kind, value: value))
            #expect(selection.kind == kind && selection.value == value)
        }
        for (kind, value) in [("key", ""), ("prefix", ""), ("tag", ""), ("url", "/x"), ("pattern", ""), ("soft", "x")] {
            #expect(CacheSelection(kind: kind, value: value) == nil)
        }
    }

    @Test("an entry is told with its address, its age and its fields")
    func told() {
        var facts = StoredFacts()
        (facts.received, facts.lifetime, facts.etag) = (1_000_000, 60, Array("\"v1\"".utf8))
        let kept = answer(query: "a=1")
        let entry = StoredAnswer(
            facts: facts, fields: Array("Content-Type: text/plain\r\nX: y\r\n".utf8), body: kept.body, key: kept.key)
        let node = CacheEntryFacts(entry, layer: "L1", name: Array("agent:x".utf8), now: 1_010_000).node
        #expect(node["url"]?.string == "http://example.com/v1/models?a=1" && node["key"]?.string == "agent:x")
        #expect(node["age"]?.int == 10 && node["freshFor"]?.int == 50 && node["etag"]?.string == "\"v1\"")
        #expect(node["fields"]?.elements?.map(\.string) == ["Content-Type: text/plain", "X: y"])
    }
}

@Suite("who may send PURGE, and what it removes")
struct PurgeGateTests {
    private func head(_ text: String) throws -> RequestHead {
        let head = RequestHead()
        let taken = Array((text + "\r\n\r\n").utf8).withUnsafeBytes { head.take($0, limits: WireLimits()) }
        guard case .complete = taken else { throw ControlFailure(.internalError, "\(taken)") }
        return head
    }

    private func judge(
        _ text: String, allow: [String] = [], isAdmin: Bool = false, from address: [UInt8] = [10, 0, 0, 7],
        token: Bool = false
    ) throws -> PurgeGate.Verdict {
        var settings = PurgeSettings()
        settings.allow = allow.compactMap { CIDR($0) }
        return try PurgeGate(settings).judge(head(text), isAdmin: isAdmin, address: address, bearsToken: token)
    }

    private let purge = "PURGE /v1/%6Dodels?a=1 HTTP/1.1\r\nHost: Example.com"
    private func url(_ text: String) -> PurgeGate.Verdict {
        .removes([CacheAddress(text).map { .url($0) }].compactMap { $0 }, soft: false)
    }

    @Test("on the admin listener the token decides, wherever it comes from")
    func admin() throws {
        #expect(try judge(purge, isAdmin: true) == .refused)
        #expect(try judge(purge, allow: ["10.0.0.0/8"], isAdmin: true) == .refused)
        #expect(try judge(purge, isAdmin: true, token: true) == url("http://example.com/v1/models?a=1"))
    }

    @Test("for clients, the networks of cache.purge.allow do; a token does not help")
    func clients() throws {
        #expect(try judge(purge) == .passes, "nobody is allowed: it is the rules' business")
        #expect(try judge(purge, token: true) == .passes)
        #expect(try judge(purge, allow: ["192.168.0.0/16"]) == .refused)
        #expect(try judge(purge, allow: ["192.168.0.0/16"], token: true) == .refused)
        #expect(try judge(purge, allow: ["10.0.0.0/8"]) == url("http://example.com/v1/models?a=1"))
        #expect(try judge(purge, allow: ["10.0.0.0/8"], from: []) == url("http://example.com/v1/models?a=1"))
        let forwarded = purge + "\r\nX-Forwarded-For: 192.168.0.1"
        #expect(try judge(forwarded, allow: ["192.168.0.0/16"]) == .refused, "no field makes an address")
    }

    @Test("other methods are none of its business", arguments: ["GET", "purge", "PURGED", "DELETE"])
    func others(method: String) throws {
        let text = "\(method) / HTTP/1.1\r\nHost: h"
        #expect(try judge(text, allow: ["10.0.0.0/8"], isAdmin: true, token: true) == .passes)
    }

    @Test("tags go before the address, and soft is said by a field")
    func tags() throws {
        let tagged = purge + "\r\nCache-Tag: a, b\r\nSurrogate-Key: c d\r\nSoft-Purge: 1"
        let wanted = ["a", "b", "c", "d"].map { CacheSelection.tag($0) }
        #expect(try judge(tagged, isAdmin: true, token: true) == .removes(wanted, soft: true))
        #expect(
            try judge(purge + "\r\nSoft-Purge: 0", isAdmin: true, token: true)
                == url("http://example.com/v1/models?a=1"))
    }
}

@Suite("what cache.stats tells")
struct CacheStatisticsTests {
    /// A cache that holds nothing but figures.
    private struct Figures: CacheOperations {
        var layers: [CacheLayerFacts] = []
        var activity = CacheActivity()

        func find(_ selection: CacheSelection, most: Int) async -> [CacheEntryFacts] { [] }
        func remove(_ selection: CacheSelection, soft: Bool) async -> CacheRemoval { CacheRemoval() }
        func warm(_ address: CacheAddress) async -> CacheWarming { CacheWarming(address, isStored: false) }
    }

    @Test("layers with what they hold and what was asked of them; reasons by how often")
    func told() throws {
        var labels = CounterLabels(errorKinds: [], refusals: ["private", "no-store", "status"])
        var layer = CacheLayerFacts(name: "L1", type: .memory, label: labels.layer("L1"))
        (layer.entries, layer.bytes, layer.mostBytes, layer.evictions) = (3, 1000, 4096, 2)
        var redis = CacheLayerFacts(name: "L2", type: .redis, label: labels.layer("L2"))
        redis.trouble = "connection refused"
        let counters = LoopCounters(labels: labels)
        for _ in 0..<3 { counters.cacheLookup(layer: 0, .hit, nanoseconds: 2000) }
        counters.cacheLookup(layer: 0, .miss, nanoseconds: 2000)
        counters.add(2, to: .cacheHits)
        counters.add(1, to: .cacheMisses)
        for reason in [1, 1, 0] { counters.notStored(reason: reason) }
        let cache = Figures(layers: [layer, redis], activity: CacheActivity(fills: 4, waiting: 9, epoch: 7))
        let node = CacheStatistics(cache, counters.snapshot()).node
        #expect(node["enabled"]?.bool == true && node["hitRatio"]?.json == "0.667")
        #expect(node["requests"]?["hit"]?.int == 2 && node["requests"]?["miss"]?.int == 1)
        #expect(node["notStored"]?.members?.map(\.name) == ["no-store", "private"])
        #expect(node["fills"]?.int == 4 && node["waiting"]?.int == 9 && node["epoch"]?.int == 7)
        let rows = try #require(node["layers"]?.elements)
        #expect(
            rows[0]["hit"]?.int == 3 && rows[0]["hitRatio"]?.json == "0.75" && rows[0]["lookupMicros"]?.json == "2.0")
        #expect(
            rows[0]["entries"]?.int == 3 && rows[0]["mostEntries"]?.isNull == true && rows[0]["evictions"]?.int == 2)
        #expect(rows[1]["trouble"]?.string == "connection refused" && rows[1]["bytes"]?.isNull == true)
    }

    @Test("without layers there is no cache")
    func none() {
        let node = CacheStatistics(Figures(), Snapshot(labels: CounterLabels(errorKinds: []))).node
        #expect(node["enabled"]?.bool == false && node["layers"]?.elements?.isEmpty == true)
    }

    @Test("addresses are taken as requests for them are", arguments: [("http://h/a/../b/%7Ex?q", "http://h/b/~x?q")])
    func normalised(text: String, wanted: String) throws {
        let address = try #require(CacheAddress(text))
        #expect(try CacheMethods.normalised(address).spelling == wanted)
    }

    @Test("who changes or sees entries needs the token; who counts them does not")
    func tokens() {
        #expect(["cache.purge", "cache.get", "cache.warm"].allSatisfy { AdminMethods.needToken($0, .null) })
        #expect(!AdminMethods.needToken("cache.stats", .null))
    }
}

@Suite("the doctor knows whether what is kept can be found again")
struct CacheDoctorTests {
    private func examine(_ more: String, trouble: String? = nil) throws -> [Finding] {
        let text = "{cache: {layers: [{name: 'L2', type: 'redis', endpoint: 'redis://r'}]}, \(more)}"
        var seen = Examination(try ExplainTests.generation(text), facts: DoctorFacts())
        var layer = CacheLayerFacts(name: "L2", type: .redis, label: 0)
        layer.trouble = trouble
        seen.cacheLayers = [layer]
        return Doctor.cache(seen)
    }

    @Test("a layer that is of no use, and replicas with secrets of their own, are told")
    func told() throws {
        #expect(try examine("").map(\.severity) == [.ok])
        let trouble = try examine("", trouble: "connection refused")
        #expect(trouble.map(\.what) == ["cache layer L2"] && trouble.first?.severity == .warning)
        #expect(try examine("admin: {peers: ['10.0.0.2']}").first?.remedy.contains("secrets.hmac") == true)
        #expect(try examine("admin: {peers: ['10.0.0.2']}, secrets: {hmac: 'x'}").map(\.severity) == [.ok])
    }

    @Test("without a cache there is nothing to say")
    func none() throws {
        let seen = Examination(try ExplainTests.generation(ExplainTests.plain), facts: DoctorFacts())
        #expect(Doctor.cache(seen).isEmpty)
    }
}
