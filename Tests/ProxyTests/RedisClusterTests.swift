import NIOConcurrencyHelpers
import NIOCore
import Proxy
import Settings
import Testing

@Suite("Slots of a Redis cluster")
struct RedisSlotTests {
    private func slot(_ key: String) -> Int { RedisSlot.of(Array(key.utf8)[...]) }

    @Test("a key's slot is CRC-16 of it", arguments: [("123456789", 12_739), ("", 0), ("foo", 12_182)])
    func slots(key: String, slot: Int) { #expect(self.slot(key) == slot) }

    @Test(
        "of a key with braces, what is between the first pair decides, where that is something",
        arguments: [
            ("{user1000}.following", "user1000"), ("{user1000}.followers", "user1000"), ("foo{{bar}}zap", "{bar"),
            ("foo{bar}{zap}", "bar"), ("a{b", "a{b"),
        ])
    func braces(key: String, part: String) {
        #expect(slot(key) == RedisSlot.of(Array(part.utf8)[...]))
    }

    @Test("nothing between the braces is nothing")
    func emptyBraces() {
        #expect(slot("foo{}{bar}") != slot("bar"))
        #expect(slot("foo{}{bar}") != slot(""))
    }

    @Test(
        "a redirection is read as it is told",
        arguments: [
            ("MOVED 3999 10.0.0.3:6381", "10.0.0.3 6381 3999 false"), ("ASK 0 host.test:1", "host.test 1 0 true"),
            ("MOVED 1 ::1:7000", "::1 7000 1 false"), ("MOVED 1 :7000", " 7000 1 false"),
            ("MOVED 16384 h:1", nil), ("MOVED -1 h:1", nil), ("MOVED 1 h", nil), ("MOVED 1 h:0", nil),
            ("MOVED 1 h:99999", nil), ("MOVED x h:1", nil), ("MOVED", nil), ("ERR 1 h:1", nil), ("", nil),
            ("MOVED 1 a b:1", nil),
        ] as [(String, String?)])
    func redirects(error: String, told: String?) {
        let redirect = RedisRedirect(error: error)
        #expect(redirect.map { "\($0.host.name) \($0.host.port) \($0.slot) \($0.isAsk)" } == told)
    }

    @Test("who has which slots is learnt from a reply, and what is no such reply teaches nothing")
    func slotTable() throws {
        func node(_ name: String, _ port: Int64) -> RedisReply {
            .list([.bytes(ByteBuffer(string: name)), .integer(port), .bytes(ByteBuffer(string: "id"))])
        }
        let reply = RedisReply.list([
            .list([.integer(0), .integer(8191), node("10.0.0.1", 1), node("10.0.0.9", 1)]),
            .list([.integer(8192), .integer(16_382), node("", 2)]),
            .list([.integer(5), .integer(99_999), node("wrong", 3)]),
        ])
        let slots = try #require(RedisSlots(reply, teller: "teller"))
        #expect(slots.owner(of: 0) == RedisHost("10.0.0.1", 1))
        #expect(slots.owner(of: 8191) == RedisHost("10.0.0.1", 1))
        #expect(slots.owner(of: 8192) == RedisHost("teller", 2))
        #expect(slots.owner(of: 16_383) == nil)
        #expect(slots.owner(of: -1) == nil)
        for wrong in [RedisReply.null, .list([]), .list([.integer(1)]), .error("ERR"), .list([.list([])])] {
            #expect(RedisSlots(wrong, teller: "t") == nil)
        }
    }
}

@Suite("A client of a Redis cluster")
struct RedisClusterTests {
    private static func slots(_ port: Int) -> ScriptedRedis.Act {
        .say("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:\(port)\r\n")
    }

    private func get(_ asker: RedisAsker, _ key: String) async -> Result<RedisReply, RedisFailure> {
        await asker.send(RedisCommand("GET", key: key.utf8))
    }

    @Test("a key that another node has is asked for there, and from then on only there")
    func moved() async throws {
        let owner = try await ScriptedRedis { $0.hasPrefix("GET") ? ScriptedRedis.text("there") : nil }
        let port = owner.port
        let asked = NIOLockedValueBox(0)
        let first = try await ScriptedRedis { words in
            if words == "CLUSTER SLOTS" { return Self.slots(port) }
            guard words.hasPrefix("GET") else { return nil }
            asked.withLockedValue { $0 += 1 }
            return .say("-MOVED 12182 127.0.0.1:\(port)\r\n")
        }
        let asker = try await RedisAsker(first.endpoint).connected()
        // the connection to the other node is still to be made
        try await eventually("the other node") {
            await get(asker, "foo") == .success(.bytes(ByteBuffer(string: "there")))
        }
        let before = asked.withLockedValue { $0 }
        for key in ["foo", "bar", "baz"] {
            #expect(await get(asker, key) == .success(.bytes(ByteBuffer(string: "there"))))
        }
        #expect(asked.withLockedValue { $0 } == before)
        #expect(asker.log == ["redis is in use"])
        await first.stop()
        await owner.stop()
    }

    @Test("a key that is on its way is asked for at its new place with ASKING, this once")
    func ask() async throws {
        let heard = NIOLockedValueBox<[String]>([])
        let target = try await ScriptedRedis { words in
            guard words == "ASKING" || words.hasPrefix("GET") else { return nil }
            heard.withLockedValue { $0.append(words) }
            return words == "ASKING" ? ScriptedRedis.ok : ScriptedRedis.text("new")
        }
        let port = target.port
        let first = try await ScriptedRedis { $0.hasPrefix("GET") ? .say("-ASK 12182 127.0.0.1:\(port)\r\n") : nil }
        let asker = try await RedisAsker(first.endpoint).connected()
        try await eventually("the other node") {
            await get(asker, "foo") == .success(.bytes(ByteBuffer(string: "new")))
        }
        #expect(await get(asker, "foo") == .success(.bytes(ByteBuffer(string: "new"))))
        #expect(heard.withLockedValue { $0 } == ["ASKING", "GET foo", "ASKING", "GET foo"])
        await first.stop()
        await target.stop()
    }

    @Test("nodes that send a client round and round are left alone")
    func circle() async throws {
        let ports = NIOLockedValueBox<[Int]>([])
        let first = try await ScriptedRedis { words in
            words.hasPrefix("GET") ? .say("-MOVED 12182 127.0.0.1:\(ports.withLockedValue { $0.last ?? 0 })\r\n") : nil
        }
        let second = try await ScriptedRedis { words in
            words.hasPrefix("GET") ? .say("-MOVED 12182 127.0.0.1:\(ports.withLockedValue { $0.first ?? 0 })\r\n") : nil
        }
        ports.withLockedValue { $0 = [first.port, second.port] }
        let asker = try await RedisAsker(first.endpoint).connected()
        for _ in 0..<5 { #expect(await get(asker, "foo") == .failure(.unavailable)) }
        await first.stop()
        await second.stop()
    }
}

@Suite("A client of Redis' sentinels")
struct RedisSentinelTests {
    private static func master(_ port: Int, role: String = "master") -> @Sendable (String) -> ScriptedRedis.Act? {
        { words in
            if words == "ROLE" { return .say("*1\r\n$\(role.utf8.count)\r\n\(role)\r\n") }
            return words.hasPrefix("GET") ? ScriptedRedis.text("\(port)") : nil
        }
    }

    private static func sentinel(_ port: @escaping @Sendable () -> Int) -> @Sendable (String) -> ScriptedRedis.Act? {
        { words in
            guard words == "SENTINEL GET-MASTER-ADDR-BY-NAME mymaster" else { return .say("*-1\r\n") }
            return .say("*2\r\n$9\r\n127.0.0.1\r\n$\("\(port())".utf8.count)\r\n\(port())\r\n")
        }
    }

    @Test("the master is the one that a sentinel names, and another one after a failover")
    func failover() async throws {
        let one = try await ScriptedRedis(Self.master(1))
        let two = try await ScriptedRedis(Self.master(2))
        let current = NIOLockedValueBox(one.port)
        let sentinel = try await ScriptedRedis(Self.sentinel { current.withLockedValue { $0 } })
        // nobody is at the first of them
        let asker = try await RedisAsker("redis+sentinel://127.0.0.1:1,127.0.0.1:\(sentinel.port)/mymaster").connected()
        let get = RedisCommand("GET", key: "k".utf8)
        #expect(await asker.send(get) == .success(.bytes(ByteBuffer(string: "1"))))
        current.withLockedValue { $0 = two.port }
        await one.stop()
        try await eventually("the new master") { await asker.send(get) == .success(.bytes(ByteBuffer(string: "2"))) }
        #expect(asker.log.first == "redis is in use")
        try await asker.tells("redis is back")
        await two.stop()
        await sentinel.stop()
    }

    @Test("who is named and is no master is not used")
    func role() async throws {
        let replica = try await ScriptedRedis(Self.master(1, role: "slave"))
        let port = replica.port
        let sentinel = try await ScriptedRedis(Self.sentinel { port })
        let asker = RedisAsker("redis+sentinel://127.0.0.1:\(sentinel.port)/mymaster")
        try await eventually("the line") { !asker.log.isEmpty }
        #expect(asker.log == ["redis is of no use: it is a replica and takes no writes (READONLY)"])
        await replica.stop()
        await sentinel.stop()
    }

    @Test("a name that no sentinel knows is told")
    func unknown() async throws {
        let sentinel = try await ScriptedRedis(Self.sentinel { 1 })
        let asker = RedisAsker("redis+sentinel://127.0.0.1:\(sentinel.port)/other")
        try await eventually("the line") { !asker.log.isEmpty }
        let words = "the sentinel 127.0.0.1:\(sentinel.port): it knows no master named other"
        #expect(asker.log == ["redis is of no use: \(words)"])
        await sentinel.stop()
    }
}

@Suite("A subscriber to a channel of Redis")
struct RedisSubscriberTests {
    private func subscriber(_ asker: RedisAsker, _ heard: NIOLockedValueBox<[String]>) -> RedisSubscriber {
        let subscriber = RedisSubscriber(asker.redis, channel: "c", on: asker.client.eventLoop) { event in
            let word =
                switch event {
                case .subscribed: "subscribed"
                case .message(let bytes): String(buffer: bytes)
                case .lost: "lost"
                }
            heard.withLockedValue { $0.append(word) }
        }
        subscriber.start()
        return subscriber
    }

    private static let subscribed = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"
    private static let message = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nhello\r\n"

    @Test("hears what is published, and subscribes again when the connection breaks")
    func hears() async throws {
        let server = try await ScriptedRedis { words in
            words == "SUBSCRIBE c" ? .say(Self.subscribed + Self.message) : nil
        }
        let heard = NIOLockedValueBox<[String]>([])
        let asker = RedisAsker(server.endpoint)
        let subscriber = subscriber(asker, heard)
        try await eventually("a message") { heard.withLockedValue { $0 } == ["subscribed", "hello"] }
        await server.closeAll()
        try await eventually("the same again") {
            heard.withLockedValue { $0 } == ["subscribed", "hello", "lost", "subscribed", "hello"]
        }
        subscriber.stop()
        await server.stop()
    }

    @Test("one that no longer answers is left for another connection")
    func silent() async throws {
        let pings = NIOLockedValueBox(0)
        let server = try await ScriptedRedis { words in
            if words == "SUBSCRIBE c" { return .say(Self.subscribed) }
            guard words == "PING" else { return nil }
            // the greetings' are answered, those of the first subscriber are not
            let number = pings.withLockedValue {
                $0 += 1
                return $0
            }
            return number > 2 && number < 5 ? .nothing : nil
        }
        let heard = NIOLockedValueBox<[String]>([])
        // its client says PING once, too
        let asker = try await RedisAsker(server.endpoint).connected()
        let subscriber = subscriber(asker, heard)
        try await eventually("another connection") {
            heard.withLockedValue { $0.prefix(3) } == ["subscribed", "lost", "subscribed"]
        }
        subscriber.stop()
        await server.stop()
    }

    @Test("where it may not hear, that is told once")
    func refused() async throws {
        let server = try await ScriptedRedis { words in
            words == "SUBSCRIBE c"
                ? .say("-NOPERM this user has no permissions to access one of the channels\r\n") : nil
        }
        let heard = NIOLockedValueBox<[String]>([])
        let asker = try await RedisAsker(server.endpoint).connected()
        let subscriber = subscriber(asker, heard)
        try await eventually("two tries") { heard.withLockedValue { $0 } == ["lost", "lost"] }
        let words = "NOPERM this user has no permissions to access one of the channels"
        #expect(asker.log == ["redis is in use", "redis is of no use: it does not let us in: \(words)"])
        subscriber.stop()
        await server.stop()
    }
}
