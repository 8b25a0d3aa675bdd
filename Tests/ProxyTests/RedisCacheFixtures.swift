import Cache
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Proxy
import Settings

/// A request that is kept, and its answer.
struct KeptThing {
    static let now: Int64 = 1_760_000_000_000

    var rule = "docs"
    var tenant = "t1"
    var path = "/a"
    var body = "hello"
    var vary: [String] = []
    var values = ""
    var tags: [String] = []
    var asked = now
    var lifetime: Int64 = 600

    var key: CacheKey {
        var text = KeyText()
        text.add(.scheme, "http")
        text.add(.authority, "a.test")
        text.add(.path, path)
        text.add(.rule, rule)
        text.add(.tenant, tenant)
        return text.key
    }

    var name: CacheName {
        get throws {
            guard let name = CacheName(key: key.bytes, rule: rule, tenant: tenant, secret: [1, 2, 3]) else {
                throw CancellationError()
            }
            return name
        }
    }

    var answer: StoredAnswer {
        var facts = StoredFacts()
        facts.requested = asked
        facts.received = asked
        facts.date = asked / 1000
        facts.lifetime = lifetime
        facts.vary = vary.map { Array($0.utf8) }
        facts.tags = tags.map { Array($0.utf8) }
        return StoredAnswer(
            facts: facts, fields: Array("Content-Type: text/plain\r\n".utf8), body: ByteBuffer(string: body),
            varyValues: Array(values.utf8), key: key.bytes)
    }
}

/// What a loop keeps in a Redis, asked from a task.
final class EntriesAsker: Sendable {
    let asker: RedisAsker
    let marks = PurgeMarks()
    let entries: RedisEntries

    init(_ endpoint: String, _ change: (inout RedisSettings) -> Void = { _ in }) async throws {
        asker = try await RedisAsker(endpoint, change).connected()
        entries = RedisEntries(asker.client, budget: .seconds(5), marks: marks)
    }

    private var loop: any EventLoop { asker.client.eventLoop }

    func store(_ thing: KeptThing, until: Int64 = .max) async throws -> Bool {
        let (name, answer) = (try thing.name, thing.answer)
        return await withCheckedContinuation { continuation in
            loop.execute {
                self.entries.store(answer, name, until: until, now: KeptThing.now) {
                    continuation.resume(returning: $0)
                }
            }
        }
    }

    /// `hit hello`, `miss`, `purged`.
    func find(_ thing: KeptThing) async throws -> String {
        let name = try thing.name
        let values = Array(thing.values.utf8)
        return await withCheckedContinuation { continuation in
            loop.execute {
                self.entries.find(name, selecting: { _ in values }) { continuation.resume(returning: Self.word($0)) }
            }
        }
    }

    func remove(_ thing: KeptThing) async throws -> Bool {
        let name = try thing.name
        return await withCheckedContinuation { continuation in
            loop.execute { self.entries.remove(name) { continuation.resume(returning: $0) } }
        }
    }

    func lease(_ thing: KeptThing, milliseconds: Int64 = 60_000) async throws -> RedisEntries.Leasing {
        let name = try thing.name
        return await withCheckedContinuation { continuation in
            loop.execute {
                self.entries.lease(name, milliseconds: milliseconds) { continuation.resume(returning: $0) }
            }
        }
    }

    func release(_ thing: KeptThing, _ lease: RedisEntries.Leasing) async throws {
        let name = try thing.name
        try await loop.submit { self.entries.release(name, lease) }.get()
    }

    /// Both in one turn of the loop, as a fetch ends.
    func storeAndRelease(_ thing: KeptThing, _ lease: RedisEntries.Leasing) async throws {
        let (name, answer) = (try thing.name, thing.answer)
        try await loop.submit {
            self.entries.store(answer, name, until: .max, now: KeptThing.now)
            self.entries.release(name, lease)
        }.get()
    }

    func follow(_ thing: KeptThing, for time: TimeAmount = .seconds(60)) async throws -> String {
        let name = try thing.name
        return await withCheckedContinuation { continuation in
            loop.execute {
                self.entries.follow(name, until: .now() + time, selecting: { _ in [] }) {
                    continuation.resume(returning: Self.word($0))
                }
            }
        }
    }

    /// Names that are in Redis, sorted, without those of lists.
    func names() async -> [String] {
        guard case .success(.list(let names)) = await asker.send(RedisCommand("KEYS").with("*")) else { return [] }
        return names.compactMap { name in
            if case .bytes(let bytes) = name { String(buffer: bytes) } else { nil }
        }.sorted().filter { !$0.contains(":tag:") && !$0.contains(":url:") }
    }

    private static func word(_ found: RedisEntries.Found) -> String {
        switch found {
        case .hit(let answer): "hit \(String(buffer: answer.body))"
        case .miss: "miss"
        case .late: "late"
        case .unavailable: "unavailable"
        case .unreadable: "unreadable"
        case .purged: "purged"
        }
    }
}
