import Cache
import NIOCore
import Proxy
import Settings
import Testing

@Suite("Answers in a real Redis", .disabled(if: RedisServer.isMissing, "redis-server is not installed"))
struct RedisEntriesTests {
    @Test("what one replica keeps, another finds, under a name that carries version, rule and tenant")
    func shared() async throws {
        let server = try await RedisServer()
        let one = try await EntriesAsker("unix:\(server.socket)")
        let two = try await EntriesAsker("unix:\(server.socket)")
        let thing = KeptThing()
        #expect(try await two.find(thing) == "miss")
        #expect(try await one.store(thing))
        #expect(try await two.find(thing) == "hit hello")
        #expect(try await two.find(KeptThing(tenant: "t2")) == "miss")
        #expect(await one.names().allSatisfy { $0.hasPrefix("clawproxy:1:agent:response:docs:t1:") })
        #expect(try await two.remove(thing))
        #expect(try await one.find(thing) == "miss")
    }

    @Test("long bodies come back as they were, and are packed", arguments: [1000, 1024, 40_000, 1_000_000])
    func long(count: Int) async throws {
        let server = try await RedisServer()
        let asker = try await EntriesAsker("unix:\(server.socket)")
        let thing = KeptThing(body: String(repeating: "abcdefgh", count: count / 8))
        #expect(try await asker.store(thing))
        #expect(try await asker.find(thing) == "hit \(thing.body)")
        let key = RedisNames.entry(try thing.name)
        guard case .success(.integer(let stored)) = await asker.asker.send(RedisCommand("STRLEN", key: key)) else {
            Issue.record("no length")
            return
        }
        #expect(count < 1024 ? stored > count : stored < count / 2 + 400)
    }

    @Test("variants live beside each other, and all go with their marker")
    func variants() async throws {
        let server = try await RedisServer()
        let one = try await EntriesAsker("unix:\(server.socket)")
        let two = try await EntriesAsker("unix:\(server.socket)")
        let english = KeptThing(body: "hello", vary: ["accept-language"], values: "en")
        let german = KeptThing(body: "hallo", vary: ["accept-language"], values: "de")
        #expect(try await one.store(english))
        #expect(try await two.store(german))
        #expect(try await one.find(german) == "hit hallo")
        #expect(try await two.find(english) == "hit hello")
        #expect(try await two.find(KeptThing(values: "fr")) == "miss")
        #expect(try await one.remove(english))
        #expect(try await two.find(german) == "miss")
        // another marker does not bring back what the first stood for
        #expect(try await one.store(english))
        #expect(try await two.find(german) == "miss")
        #expect(try await two.find(english) == "hit hello")
    }

    @Test("a resource that varies by something else from now on begins anew")
    func otherVary() async throws {
        let server = try await RedisServer()
        let asker = try await EntriesAsker("unix:\(server.socket)")
        #expect(try await asker.store(KeptThing(body: "1", vary: ["a"], values: "x")))
        #expect(try await asker.store(KeptThing(body: "2", vary: ["b"], values: "x")))
        #expect(try await asker.find(KeptThing(values: "x")) == "hit 2")
        #expect(try await asker.store(KeptThing(body: "3")))
        #expect(try await asker.find(KeptThing()) == "hit 3")
        #expect(try await asker.store(KeptThing(body: "4", vary: ["a"], values: "x")))
        #expect(try await asker.find(KeptThing(values: "x")) == "hit 4")
    }

    @Test("nothing stays longer than it may, nor than it is of use")
    func stay() async throws {
        let server = try await RedisServer()
        let asker = try await EntriesAsker("unix:\(server.socket)")
        let thing = KeptThing(lifetime: 600)
        let key = RedisNames.entry(try thing.name)
        #expect(try await asker.store(thing, until: KeptThing.now + 5000))
        guard case .success(.integer(let left)) = await asker.asker.send(RedisCommand("PTTL", key: key)) else { return }
        #expect((1...5000).contains(left))
        #expect(try await asker.store(thing))
        guard case .success(.integer(let all)) = await asker.asker.send(RedisCommand("PTTL", key: key)) else { return }
        #expect((500_000...600_000).contains(all))
        #expect(try await !asker.store(thing, until: KeptThing.now))
        #expect(try await !asker.store(KeptThing(asked: KeptThing.now - 601_000, lifetime: 600)))
    }

    @Test(
        "what is damaged, of another version, or something else altogether is not served",
        arguments: ["", "x", "CPVary1\n", "CPVary1\nx\na\n", "CPVary1\n1\n", "{\"a\":1}", "CPEn\u{2}"])
    func damaged(text: String) async throws {
        let server = try await RedisServer()
        let asker = try await EntriesAsker("unix:\(server.socket)")
        let thing = KeptThing()
        let key = RedisNames.entry(try thing.name)
        _ = await asker.asker.send(RedisCommand("SET", .stores, key: key).with(text))
        #expect(try await asker.find(thing) == "unreadable")
        // and is replaced
        #expect(try await asker.store(thing))
        #expect(try await asker.find(thing) == "hit hello")
        _ = await asker.asker.send(RedisCommand("SETRANGE", .stores, key: key).with("40").with("?"))
        #expect(try await asker.find(thing) == "unreadable")
        _ = await asker.asker.send(RedisCommand("UNLINK", .removes, key: key))
        _ = await asker.asker.send(RedisCommand("LPUSH", .stores, key: key).with("x"))
        #expect(try await asker.find(thing) == "unavailable")
    }

    @Test("what was just purged is neither found nor kept, and what was asked for later is")
    func purged() async throws {
        let server = try await RedisServer()
        let asker = try await EntriesAsker("unix:\(server.socket)")
        let thing = KeptThing(tags: ["blue"])
        #expect(try await asker.store(thing))
        asker.marks.add(.tag("blue"), at: KeptThing.now, now: KeptThing.now)
        #expect(try await asker.find(thing) == "purged")
        #expect(try await !asker.store(thing))
        #expect(try await asker.store(KeptThing(body: "new", tags: ["blue"], asked: KeptThing.now + 1)))
        #expect(try await asker.find(thing) == "hit new")
        asker.marks.isOwing = true
        #expect(try await asker.find(thing) == "unavailable")
    }

    @Test("the lease of a name is one replica's; the others wait for what it keeps, or for its end")
    func leases() async throws {
        let server = try await RedisServer()
        let one = try await EntriesAsker("unix:\(server.socket)")
        let two = try await EntriesAsker("unix:\(server.socket)")
        let thing = KeptThing(body: String(repeating: "long", count: 200_000))
        let lease = try await one.lease(thing)
        guard case .ours = lease else {
            Issue.record("\(lease)")
            return
        }
        #expect(try await two.lease(thing) == .held)
        let waiting = Task { try await two.follow(thing) }
        // a long one, which takes longer than giving the lease back
        try await one.storeAndRelease(thing, lease)
        #expect(try await waiting.value == "hit \(thing.body)")
        let other = KeptThing(path: "/b")
        let second = try await one.lease(other)
        let inVain = Task { try await two.follow(other) }
        try await one.release(other, second)
        #expect(try await inVain.value == "miss")
        guard case .ours = try await two.lease(other) else {
            Issue.record("the lease was not given back")
            return
        }
        #expect(try await one.follow(other, for: .milliseconds(1)) == "miss")
    }

    @Test("without a Redis nothing is found, nothing is kept, and nobody fails")
    func away() async throws {
        let server = try await RedisServer()
        let asker = try await EntriesAsker("unix:\(server.socket)")
        server.kill()
        try await eventually("the end") { await !asker.asker.isUsable }
        #expect(try await asker.find(KeptThing()) == "unavailable")
        #expect(try await !asker.store(KeptThing()))
        #expect(try await asker.lease(KeptThing()) == .unknown)
        #expect(try await asker.follow(KeptThing()) == "unavailable")
    }

    @Test("one that is full keeps nothing more, is told so once, and serves; with room again it keeps")
    func full() async throws {
        let server = try await RedisServer(["--maxmemory", "4mb", "--maxmemory-policy", "noeviction"])
        let asker = try await EntriesAsker("unix:\(server.socket)")
        let thing = KeptThing()
        #expect(try await asker.store(thing))
        let filler = RedisCommand("SETRANGE", .stores, key: "filler".utf8).with("8000000").with("x")
        _ = await asker.asker.send(filler)
        for index in 0..<10 { #expect(try await !asker.store(KeptThing(path: "/\(index)"))) }
        #expect(try await asker.find(thing) == "hit hello")
        let words =
            "redis is of no use: it stores nothing more: OOM command not allowed when used memory > 'maxmemory'."
        #expect(asker.asker.log == ["redis is in use", words])
        _ = await asker.asker.send(RedisCommand("UNLINK", .removes, key: "filler".utf8))
        try await eventually("room") { (try? await asker.store(thing)) == true }
        try await asker.asker.tells("redis is back")
        #expect(asker.asker.log == ["redis is in use", words, "redis is back"])
    }
}
