import Balancer
import Cache
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Proxy
import Settings
import Testing

@Suite("The number of purges that replicas agree on")
struct PurgeEpochTests {
    /// `h5` heard, `l` lost, `r5` read (`!` where purges were missed), `g` the gap lasted; then what is known, and `~`
    /// where there is a gap.
    private func told(_ events: String) -> String {
        var epoch = PurgeEpoch()
        var told = ""
        for event in events.split(separator: " ") {
            let number = Int64(event.dropFirst()) ?? 0
            switch event.first {
            case "h": epoch.heard(number)
            case "l": epoch.lost()
            case "r": told += epoch.read(number) ? "!" : ""
            default: epoch.gapLasted()
            }
        }
        return told + (epoch.known.map { "\($0)" } ?? "-") + (epoch.hasGap ? "~" : "")
    }

    @Test(
        "what was heard of is not missed, and what was not heard of is",
        arguments: [
            ("", "-"), ("r0", "0"), ("r7", "7"), ("l r7", "!7"), ("r7 h8 h9", "9"), ("r7 h8 h8 h7", "8"),
            // in another order, and with one that does not come
            ("r7 h9", "7~"), ("r7 h9 h8", "9"), ("r7 h9 h10 g", "10"), ("r7 h10 h8 h9", "10"), ("r7 h9 g h8", "9"),
            // away: nothing happened, something did, Redis lost its data
            ("r7 l r7", "7"), ("r7 l r8", "!8"), ("r7 l r3", "!3"), ("r7 h8 l r8", "8"),
            // heard between the connection and the count
            ("r7 l h8 r8", "8"), ("r7 l h9 r8", "!9"), ("h8 r8", "8"), ("h8 r7", "8"), ("r7 l h9 r9", "!9"),
        ])
    func walks(events: String, expected: String) { #expect(told(events) == expected) }
}

@Suite("Purges as replicas tell each other")
struct PurgeMessageTests {
    @Test(
        "what is told is read",
        arguments: [
            CacheSelection.all, .key("agent:response:r:t:0"), .prefix("agent:\"x\\"), .tag("bl\u{fc}e"),
            CacheSelection(kind: "pattern", value: "agent:*"), CacheSelection(kind: "url", value: "http://a.test/x?y"),
        ].compactMap { $0 }, [true, false])
    func roundTrip(selection: CacheSelection, isSoft: Bool) {
        for epoch in [7, nil] as [Int64?] {
            let message = PurgeMessage(Purge(selection, isSoft: isSoft, at: 5), epoch: epoch, from: "me")
            #expect(PurgeMessage(Array(message.text.utf8)) == message)
        }
    }

    @Test(
        "what is no such message is not heard",
        arguments: [
            "", "{", "[]", "{}", #"{"from":"a","at":1,"kind":"none","value":""}"#,
            #"{"from":"a","kind":"all","value":""}"#,
            #"{"at":1,"kind":"all","value":""}"#, #"{"from":"a","at":"1","kind":"all","value":""}"#,
            #"{"from":"a","at":1,"kind":"key","value":7}"#, #"{"from":"a","at":1e3,"kind":"all","value":""}"#, "\u{0}",
        ])
    func wrong(text: String) { #expect(PurgeMessage(Array(text.utf8)) == nil) }

    @Test("members of a later version are passed over")
    func later() {
        let text = #"{"new":[1],"from":"a","at":1,"kind":"all","value":"","epoch":3}"#
        #expect(PurgeMessage(Array(text.utf8)) == PurgeMessage(Purge(.all, at: 1), epoch: 3, from: "a"))
    }
}

@Suite("Purges that were just made")
struct PurgeMarksTests {
    private static let now = KeptThing.now

    @Test(
        "mean what they name, asked for until then",
        arguments: [
            (CacheSelection.all, true), (.tag("blue"), true), (.tag("red"), false),
            (.prefix("agent:response:docs:"), true), (.prefix("agent:response:other:"), false),
        ]
            + [
                (CacheSelection(kind: "pattern", value: "*:t1:*"), true),
                (CacheSelection(kind: "pattern", value: "*:t2:*"), false),
                (CacheSelection(kind: "url", value: "http://a.test/a"), true),
                (CacheSelection(kind: "url", value: "https://a.test/a"), true),
                (CacheSelection(kind: "url", value: "http://a.test/a?b"), false),
                (CacheSelection(kind: "url", value: "http://b.test/a"), false),
            ].compactMap { selection, isMeant in selection.map { ($0, isMeant) } })
    func meant(selection: CacheSelection, isMeant: Bool) throws {
        let marks = PurgeMarks()
        let thing = KeptThing(tags: ["green", "blue"])
        #expect(!marks.covers(thing.answer, try thing.name))
        marks.add(selection, at: Self.now, now: Self.now)
        #expect(marks.covers(thing.answer, try thing.name) == isMeant)
        #expect(!marks.covers(KeptThing(asked: Self.now + 1).answer, try thing.name))
    }

    @Test("the key's whole name is meant")
    func key() throws {
        let marks = PurgeMarks()
        let thing = KeptThing()
        let name = try thing.name
        marks.add(.key(String(decoding: name.logical, as: UTF8.self)), at: Self.now, now: Self.now)
        #expect(marks.covers(thing.answer, name))
        #expect(!marks.covers(KeptThing(path: "/b").answer, try KeptThing(path: "/b").name))
    }

    @Test("however many there are, memory is bounded and nothing that is meant is served")
    func many() throws {
        let marks = PurgeMarks()
        for index in 0..<1000 { marks.add(.prefix("x\(index)"), at: Self.now, now: Self.now) }
        // so many that all is meant
        #expect(marks.covers(KeptThing().answer, try KeptThing().name))
        for index in 0..<100_000 { marks.add(.tag("x\(index)"), at: Self.now, now: Self.now) }
    }
}

/// A replica's bus, and what it heard.
private final class Replica: Sendable {
    let redis: Redis
    let marks = PurgeMarks()
    let bus: InvalidationBus
    private let heardSoFar: NIOLockedValueBox<[InvalidationBus.Heard]>

    init(_ endpoint: String, patience: Int = InvalidationBus.gapLasts) {
        var settings = RedisSettings()
        settings.endpoint = RedisEndpoint(endpoint)
        // the machines of tests are slow at times
        settings.timeout = .seconds(60)
        settings.connectTimeout = .seconds(60)
        let log = Logger(label: "redis") { _ in SwiftLogNoOpLogHandler() }
        redis = Redis(settings, resolver: Proxy.Resolver(ResolverSettings()), log: log)
        let heard = NIOLockedValueBox<[InvalidationBus.Heard]>([])
        heardSoFar = heard
        bus = InvalidationBus(
            redis, marks: marks, on: MultiThreadedEventLoopGroup.singleton.any(), patience: patience,
            clock: { KeptThing.now }
        ) { event in heard.withLockedValue { $0.append(event) } }
        bus.start()
    }

    deinit { bus.stop() }

    var heard: [InvalidationBus.Heard] { heardSoFar.withLockedValue { $0 } }

    func connected() async throws -> Replica {
        try await eventually("the count") { bus.count != nil }
        return self
    }

    func purge(_ selection: CacheSelection) async -> InvalidationBus.Outcome {
        await withCheckedContinuation { continuation in
            bus.purge(Purge(selection, at: KeptThing.now)) { continuation.resume(returning: $0) }
        }
    }
}

@Suite("Purges over a real Redis", .disabled(if: RedisServer.isMissing, "redis-server is not installed"))
struct InvalidationBusTests {
    @Test(
        "a purge takes out of Redis what it means, and no more",
        arguments: [
            (CacheSelection.prefix("agent:response:docs:t1:"), ["/c", "/d"]), (.tag("blue"), ["/b", "/d"]),
            (.all, []), (.prefix("agent:response:["), ["/a", "/b", "/c", "/d"]),
        ]
            + [
                (CacheSelection(kind: "pattern", value: "agent:*:t2:*"), ["/a", "/b"]),
                (CacheSelection(kind: "url", value: "http://a.test/c"), ["/a", "/b", "/d"]),
            ].compactMap { selection, left in selection.map { ($0, left) } })
    func removes(selection: CacheSelection, left: [String]) async throws {
        let server = try await RedisServer()
        let entries = try await EntriesAsker("unix:\(server.socket)")
        let things = [
            KeptThing(path: "/a", tags: ["blue"]), KeptThing(path: "/b", tags: ["red"]),
            KeptThing(tenant: "t2", path: "/c", vary: ["accept"], values: "x", tags: ["blue", "red"]),
            KeptThing(rule: "api", tenant: "t2", path: "/d"),
        ]
        for thing in things { #expect(try await entries.store(thing)) }
        _ = await entries.asker.send(RedisCommand("SET", .stores, key: "somebody:else".utf8).with("x"))
        let replica = try await Replica("unix:\(server.socket)").connected()
        let outcome = await replica.purge(selection)
        #expect(outcome == .told(replicas: 1))
        for thing in things {
            let isLeft = left.contains(thing.path)
            try await eventually("\(thing.path)") {
                (try? await entries.find(thing)) == (isLeft ? "hit hello" : "miss")
            }
        }
        #expect(await entries.names().contains("somebody:else"))
        #expect(replica.heard.isEmpty)
    }

    @Test("more entries than one step of a sweep are removed")
    func sweep() async throws {
        let server = try await RedisServer()
        let entries = try await EntriesAsker("unix:\(server.socket)")
        for index in 0..<1500 {
            let key = RedisNames.entry("agent:response:docs:t1:\(index)".utf8)
            _ = await entries.asker.send(RedisCommand("SET", .stores, key: key).with("x"))
        }
        let replica = try await Replica("unix:\(server.socket)").connected()
        #expect(await replica.purge(.prefix("agent:response:docs:")) == .told(replicas: 1))
        try await eventually("the end of the sweep") { await entries.names() == ["clawproxy:1:epoch"] }
    }

    @Test("all other replicas hear of a purge, once")
    func heard() async throws {
        let server = try await RedisServer()
        let one = try await Replica("unix:\(server.socket)").connected()
        let two = try await Replica("unix:\(server.socket)").connected()
        #expect(await one.purge(.tag("blue")) == .told(replicas: 2))
        try await eventually("the purge") { !two.heard.isEmpty }
        #expect(two.heard == [.purge(Purge(.tag("blue"), at: KeptThing.now))])
        #expect(one.heard.isEmpty)
        try await eventually("the count") { one.bus.count == 1 && two.bus.count == 1 }
        let blue = KeptThing(tags: ["blue"])
        #expect(two.marks.covers(blue.answer, try blue.name))
    }

    @Test("purges of many replicas at once are missed by nobody")
    func crowd() async throws {
        let server = try await RedisServer()
        var replicas: [Replica] = []
        // an hour, for what is late here is not missed
        for _ in 0..<4 {
            replicas.append(try await Replica("unix:\(server.socket)", patience: 180_000).connected())
        }
        let all = replicas
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<200 { group.addTask { _ = await all[index % 4].purge(.tag("\(index)")) } }
        }
        try await eventually("the counts") { all.allSatisfy { $0.bus.count == 200 } }
        for replica in replicas {
            #expect(replica.heard.count == 150)
            #expect(!replica.heard.contains(.missed))
        }
    }

    @Test("who was away while a purge was made hears that some were missed, and who missed none does not")
    func away() async throws {
        let server = try await RedisServer()
        let one = try await Replica("unix:\(server.socket)").connected()
        let two = try await Replica("unix:\(server.socket)").connected()
        let operators = try await RedisAsker("unix:\(server.socket)").connected()
        let cut = RedisCommand("CLIENT").with("KILL").with("TYPE").with("pubsub")
        // somebody's purge is counted at the very moment at which nobody hears
        let commands = [RedisCommand("MULTI"), cut, RedisCommand("INCR").with(RedisNames.epoch), RedisCommand("EXEC")]
        let results = await operators.sendAll(commands)
        #expect(results.last == .success(.list([.integer(2), .integer(1)])), "\(results)")
        try await eventually("the return") { one.bus.count == 1 && two.bus.count == 1 }
        #expect(one.heard == [.missed] && two.heard == [.missed])
        let reads = try await countReads(operators)
        #expect(await operators.send(cut) == .success(.integer(2)))
        let number = RedisCommand("PUBSUB").with("NUMSUB").with(RedisNames.channel)
        let both = RedisReply.list([.bytes(ByteBuffer(string: RedisNames.channel)), .integer(2)])
        try await eventually("the return") { await operators.send(number) == .success(both) }
        // one that is counted before they ask what was counted would be missed
        try await eventually("the questions for the count") { try await countReads(operators) >= reads + 2 }
        #expect(await one.purge(.tag("b")) == .told(replicas: 2))
        try await eventually("the purge") { two.heard.count == 2 }
        #expect(two.heard == [.missed, .purge(Purge(.tag("b"), at: KeptThing.now))])
        #expect(one.heard == [.missed])
    }

    /// How many times a key of this Redis was read by GET.
    private func countReads(_ operators: RedisAsker) async throws -> Int {
        let reply = try await operators.send(RedisCommand("INFO").with("commandstats")).get()
        guard case .bytes(let bytes) = reply else { return 0 }
        let line = String(buffer: bytes).split(separator: "\r\n").first { $0.hasPrefix("cmdstat_get:calls=") }
        return line.flatMap { Int($0.dropFirst(18).prefix(while: \.isNumber)) } ?? 0
    }

    @Test("what Redis could not be told of is done when it is back, and nothing of it serves until then")
    func owed() async throws {
        let server = try await RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
        let entries = try await EntriesAsker("unix:\(server.socket)")
        let thing = KeptThing(tags: ["blue"])
        #expect(try await entries.store(thing))
        let one = try await Replica("unix:\(server.socket)").connected()
        let two = try await Replica("unix:\(server.socket)").connected()
        server.kill()
        #expect(await one.purge(.tag("blue")) == .owed)
        #expect(one.marks.isOwing)
        try await server.start()
        try await eventually("the purge") { !one.marks.isOwing }
        try await eventually("a connection") { await entries.asker.isUsable }
        #expect(try await entries.find(thing) == "miss")
        try await eventually("the other") { two.bus.count == 1 }
        #expect(two.heard == [.missed] || two.heard == [.purge(Purge(.tag("blue"), at: KeptThing.now))], "\(two.heard)")
    }

    @Test("a Redis that lost its data is a new one: all in memory is dropped")
    func lostData() async throws {
        let server = try await RedisServer()
        let one = try await Replica("unix:\(server.socket)").connected()
        #expect(await one.purge(.tag("a")) == .told(replicas: 1))
        server.kill()
        try await server.start()
        try await eventually("the return") { one.bus.count == 0 }
        #expect(one.heard == [.missed])
    }
}
