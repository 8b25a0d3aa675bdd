import Balancer
import Cache
import Foundation
import Logging
import NIOCore
import Proxy
import Synchronization
import Testing

@Suite("the disk layer")
struct DiskStoreTests {
    private static let secret: [UInt8] = [1, 2, 3]
    private let folder = ScratchFolder()
    private let lines = LinesSeen()

    private var log: Logger { Logger(label: "test") { [lines] _ in lines } }

    private func store(entries: Int = .max, bytes: Int = 1 << 24, at directory: String? = nil) async -> DiskStore {
        let store = DiskStore(
            directory: directory ?? folder.file("cache"), maxEntries: entries, maxBytes: bytes, maxObject: 1 << 20,
            log: log)
        // what stands in line behind the look at the directory ends after it
        await store.settled()
        return store
    }

    private func answer(_ number: Int, _ body: String = "", vary: String? = nil) -> StoredAnswer {
        var text = KeyText()
        text.add(.path, "/\(number)")
        var facts = StoredFacts()
        facts.date = 1_800_000_000
        facts.vary = vary.map { [Array($0.utf8)] } ?? []
        return StoredAnswer(
            facts: facts, fields: Array("A: b\r\n".utf8), body: ByteBuffer(string: body), key: text.key.bytes)
    }

    private func name(_ number: Int) throws -> CacheName {
        try #require(CacheName(key: answer(number).key, rule: "r", tenant: "t", secret: Self.secret))
    }

    private func body(_ store: DiskStore, _ number: Int, now: Int64 = 0) async throws -> String? {
        let found = await store.found(try name(number), now: now)
        return found?.variants.first.map { String(buffer: $0.body) }
    }

    private var paths: [String] {
        (FileManager.default.enumerator(atPath: folder.file("cache"))?.compactMap { $0 as? String } ?? [])
            .filter { $0.utf8.count == 33 }.sorted().map { folder.file("cache/" + $0) }
    }

    @Test("gives back what it was given, by its name")
    func roundTrip() async throws {
        let store = await store()
        #expect(try await body(store, 1) == nil)
        #expect(await store.kept(answer(1, "one"), try name(1)))
        #expect(try await body(store, 1) == "one")
        #expect(await store.kept(answer(1, "two"), try name(1)))
        #expect(try await body(store, 1) == "two")
        #expect(paths.count == 1)
        store.remove(try name(1))
        await store.settled()
        #expect(try await body(store, 1) == nil)
        #expect(paths.isEmpty)
    }

    @Test("keeps the variants of a resource together")
    func variants() async throws {
        let store = await store()
        #expect(await store.kept(answer(1, vary: "a"), try name(1)))
        #expect(await store.kept(answer(1, vary: "b"), try name(1)))
        #expect(await store.found(try name(1), now: 0)?.variants.count == 2)
    }

    @Test("knows after a restart what was there, and no more than may stay")
    func restart() async throws {
        do {
            let store = await store()
            for number in 0..<20 {
                #expect(
                    await store.kept(answer(number, "\(number)"), try name(number), until: number < 10 ? 1000 : .max))
            }
        }
        try Data("junk".utf8).write(to: URL(fileURLWithPath: folder.file("cache/README")))
        let store = await store()
        #expect(store.figures.entries == 10 && store.figures.bytes == 10 * 4096)
        for number in 0..<20 { #expect(try await body(store, number) == (number < 10 ? nil : "\(number)")) }
        #expect(FileManager.default.fileExists(atPath: folder.file("cache/README")))
        let smaller = await self.store(entries: 3)
        #expect(smaller.figures.entries == 3 && paths.count == 3)
    }

    @Test("gives nothing that has stayed for as long as it may")
    func until() async throws {
        let store = await store()
        #expect(await store.kept(answer(1, "x"), try name(1), until: 100))
        #expect(try await body(store, 1, now: 99) == "x")
        #expect(try await body(store, 1, now: 100) == nil)
        await store.settled()
        #expect(paths.isEmpty && store.figures.expired == 1)
    }

    @Test("is never above its bounds, in whole blocks of the disk")
    func bounds() async throws {
        let store = await store(entries: 50, bytes: 40 * 4096)
        var random = SplitMix64(seed: 1)
        for number in 0..<200 {
            // nothing that compression makes small
            let text = (0..<random.below(9000)).map { _ in String(random.below(10)) }.joined()
            _ = await store.kept(answer(number, text), try name(number))
            #expect(store.figures.bytes <= 40 * 4096 && store.figures.entries <= 50)
        }
        let sizes = try paths.map { try FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int ?? 0 }
        #expect(sizes.reduce(0) { $0 + ($1 + 4095) / 4096 * 4096 } == store.figures.bytes)
        #expect(store.figures.evictions > 100)
    }

    @Test(
        "takes a damaged file for a miss and removes it; the log says so once", arguments: 1...5 as ClosedRange<UInt64>)
    func damaged(_ seed: UInt64) async throws {
        let store = await store()
        for number in 0..<40 {
            #expect(await store.kept(answer(number, String(repeating: "abc\(number)", count: 300)), try name(number)))
        }
        var random = SplitMix64(seed: seed)
        for path in paths {
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            switch random.below(4) {
            case 0: bytes = bytes.prefix(random.below(bytes.count))
            case 1: bytes += [0]
            case 2: bytes = Data((0..<random.below(5000)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
            default: bytes[random.below(bytes.count)] ^= UInt8(1 + random.below(255))
            }
            try bytes.write(to: URL(fileURLWithPath: path))
        }
        for number in 0..<40 {
            #expect(try await body(store, number) == nil)
        }
        #expect(store.figures.damaged == 40 && paths.isEmpty)
        #expect(lines.all.filter { $0.contains("damaged") }.count == 1)
    }

    @Test("keeps nothing where it cannot write, says so once, and says when it can again")
    func failing() async throws {
        try Data().write(to: URL(fileURLWithPath: folder.file("blocked")))
        let store = await store(at: folder.file("blocked/cache"))
        for number in 0..<5 { #expect(await store.kept(answer(number), try name(number)) == false) }
        #expect(try await body(store, 1) == nil)
        #expect(lines.all.count == 1 && lines.all.first?.contains("cannot write") == true)
        #expect(store.figures.entries == 0 && store.figures.refused == 5)
    }

    @Test("goes on in a new directory when somebody removed the one it had")
    func removedDirectory() async throws {
        let store = await store()
        #expect(await store.kept(answer(1, "x"), try name(1)))
        try FileManager.default.removeItem(atPath: folder.file("cache"))
        #expect(try await body(store, 1) == nil)
        #expect(await store.kept(answer(2, "y"), try name(2)))
        #expect(try await body(store, 2) == "y")
        #expect(store.figures.entries == 1 && lines.all.isEmpty)
    }

    @Test("changes and removes what is meant by a purge")
    func purge() async throws {
        let store = await store()
        for number in 0..<150 { #expect(await store.kept(answer(number, "\(number)"), try name(number))) }
        let count = await withCheckedContinuation { continuation in
            store.changeAll {
                $0.body.readableBytes == 2 ? nil : $0
            } _: {
                continuation.resume(returning: $0)
            }
        }
        #expect(count == 90 && store.figures.entries == 60)
        #expect(try await body(store, 50) == nil)
        #expect(try await body(store, 100) == "100")
        let stale = await withCheckedContinuation { continuation in
            store.changeAll {
                $0.softPurged(now: 0)
            } _: {
                continuation.resume(returning: $0)
            }
        }
        #expect(stale == 60)
        #expect(await store.found(try name(100), now: 0)?.variants.first?.isSoftPurged == true)
    }
}

extension DiskStore {
    fileprivate func found(_ name: CacheName, now: Int64) async -> Resource? {
        await withCheckedContinuation { continuation in find(name, now: now) { continuation.resume(returning: $0) } }
    }

    fileprivate func kept(_ answer: StoredAnswer, _ name: CacheName, until: Int64 = .max) async -> Bool {
        await withCheckedContinuation { continuation in
            store(answer, name, until: until) { continuation.resume(returning: $0) }
        }
    }

    /// When all that was asked of the writing thread is done.
    fileprivate func settled() async {
        await withCheckedContinuation { continuation in
            changeAll {
                $0
            } _: { _ in
                continuation.resume()
            }
        }
    }
}

/// What a log was told.
private final class LinesSeen: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { lines.withLock { $0.append(event.message.description) } }
}
