import Balancer
import Foundation
import Proxy
import Testing

/// NIO has a protocol of this name.
private typealias Resolver = Proxy.Resolver

@Suite("The resolver")
struct ResolverTests {
    private static func settings(_ servers: [NameServer], timeout: Duration = .seconds(10)) -> ResolverSettings {
        var settings = ResolverSettings()
        settings.servers = servers
        settings.search = []
        settings.timeout = timeout
        settings.attempts = 1
        return settings
    }

    /// With no files of a machine.
    private static func resolver(_ settings: ResolverSettings, hosts: String = "/none") -> Resolver {
        Resolver(settings, resolvConf: "/none", hosts: hosts, nameServices: "/none")
    }

    private func failure(_ resolver: Resolver, _ name: String) async -> ResolveFailure? {
        do throws(ResolveFailure) {
            _ = try await resolver.addresses(name)
            return nil
        } catch {
            return error
        }
    }

    @Test("finds the addresses of both families, and how long they hold")
    func addresses() async throws {
        let player = try await DNSPlayer(
            DNSPlayer.zone([
                DNS.a("agents.test", 1, ttl: 9), DNS.a("agents.test", 2), DNS.a("agents.test", 1),
                DNS.aaaa("agents.test", 3),
            ]))
        let found = try await Self.resolver(Self.settings([player.server])).addresses("agents.test")
        await player.close()
        #expect(
            Set(found.addresses.map(\.description)) == [
                "10.0.0.1", "10.0.0.2", HostAddress([UInt8](repeating: 0xFD, count: 15) + [3]).description,
            ])
        #expect(found.addresses.count == 3)
        #expect(found.ttl == .seconds(9))
        #expect(found.missing == nil)
        #expect(Set(player.questions) == ["udp agents.test A", "udp agents.test AAAA"])
    }

    @Test("asks over TCP what does not fit, and reads it in whatever pieces it comes")
    func truncation() async throws {
        let records = (1...100).map { DNS.a("agents.test", $0) }
        let player = try await DNSPlayer { message, transport in
            guard transport == .udp else { return DNSPlayer.zone(records)(message, transport) }
            var answer = DNS.answer(message.questions[0], id: message.id)
            answer.isTruncated = true
            return [answer.bytes]
        }
        let found = try await Self.resolver(Self.settings([player.server])).addresses("agents.test")
        await player.close()
        #expect(Set(found.addresses) == Set((1...100).map { HostAddress([10, 0, 0, $0]) }))
        #expect(player.questions.contains("tcp agents.test A"))
    }

    @Test("passes over what is no answer: another id, another question, no message at all")
    func strays() async throws {
        let player = try await DNSPlayer { message, _ in
            let question = message.questions[0]
            let right = DNS.answer(
                question, id: message.id, .noError, question.kind == .a ? [DNS.a("agents.test")] : [])
            var wrongID = DNS.answer(question, id: message.id ^ 1, .noError, [DNS.a("agents.test", 66)])
            var wrongName = wrongID
            wrongName.id = message.id
            wrongName.questions = [DNSMessage.Question(DNS.name("evil.test"), question.kind)]
            wrongID.isAuthoritative = true
            return [[1, 2, 3], wrongID.bytes, wrongName.bytes, Array(right.bytes.dropLast(1)) + [], right.bytes]
        }
        let found = try await Self.resolver(Self.settings([player.server])).addresses("agents.test")
        await player.close()
        #expect(found.addresses == [HostAddress([10, 0, 0, 1])])
    }

    @Test("asks the next server when one is silent or refuses")
    func secondServer() async throws {
        let silent = try await DNSPlayer { _, _ in [] }
        let failing = try await DNSPlayer { message, _ in
            [DNS.answer(message.questions[0], id: message.id, .serverFailure).bytes]
        }
        let good = try await DNSPlayer(DNSPlayer.zone([DNS.a("agents.test")]))
        let closed = try await DNSPlayer { _, _ in [] }
        await closed.close()
        let servers = [silent.server, failing.server, closed.server, good.server]
        let found = try await Self.resolver(Self.settings(servers, timeout: .seconds(2))).addresses("agents.test")
        let failure = await failure(
            Self.resolver(Self.settings(servers.dropLast(), timeout: .seconds(2))), "agents.test")
        for player in [silent, failing, good] { await player.close() }
        #expect(found.addresses == [HostAddress([10, 0, 0, 1])])
        #expect(failure?.kind == .servers)
        #expect(
            failure?.message
                == "'agents.test': no DNS server gave an answer: \(silent.server.spelling): no answer within 2s; "
                + "\(failing.server.spelling): SERVFAIL; \(closed.server.spelling): connection refused")
    }

    @Test("half an answer is told as one")
    func half() async throws {
        let player = try await DNSPlayer { message, transport in
            if message.questions[0].kind == .a { return DNSPlayer.zone([DNS.a("agents.test")])(message, transport) }
            return [DNS.answer(message.questions[0], id: message.id, .serverFailure).bytes]
        }
        let found = try await Self.resolver(Self.settings([player.server])).addresses("agents.test")
        await player.close()
        #expect(found.addresses == [HostAddress([10, 0, 0, 1])])
        #expect(found.missing?.kind == .servers)
    }

    @Test("tells what is not there, in words")
    func noName() async throws {
        let player = try await DNSPlayer(DNSPlayer.zone([DNS.service("agents.test", "a.test", 1)]))
        let resolver = Self.resolver(Self.settings([player.server]))
        let none = await failure(resolver, "none.test")
        let empty = await failure(resolver, "agents.test")
        let wrong = await failure(resolver, "a b")
        await player.close()
        #expect(none?.kind == .noName && none?.ttl == .seconds(3))
        #expect(
            none?.message
                == "'none.test': there is no such name: DNS server \(player.server.spelling) answered NXDOMAIN")
        #expect(empty?.kind == .noRecords)
        #expect(wrong?.kind == .name)
    }

    @Test("needs nobody for literals, localhost and the hosts file, which it reads again")
    func local() async throws {
        let path = "/tmp/clawproxy-hosts-\(UInt32.random(in: .min ... .max))"
        try Data("10.9.8.7 agents.test\n".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let player = try await DNSPlayer(DNSPlayer.zone([]))
        let resolver = Self.resolver(Self.settings([player.server]), hosts: path)
        #expect(try await resolver.addresses("10.0.0.9").addresses == [HostAddress([10, 0, 0, 9])])
        #expect(try await resolver.addresses("fe80::1%1").addresses.first?.scope == "1")
        #expect(
            try await resolver.addresses("localhost").addresses.map(\.description).sorted() == ["127.0.0.1", "::1"])
        #expect(try await resolver.addresses("Agents.test").addresses.map(\.description) == ["10.9.8.7"])
        try Data("10.9.8.66 other.test agents.test\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try await resolver.addresses("agents.test").addresses.map(\.description) == ["10.9.8.66"])
        #expect(player.questions == [])
        await player.close()
    }

    @Test("takes its servers and search list from resolv.conf, and reads that again when it changes")
    func resolvConf() async throws {
        let path = "/tmp/clawproxy-resolv-\(UInt32.random(in: .min ... .max))"
        try Data("nameserver 127.0.0.1\nsearch ns.test\n".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let player = try await DNSPlayer(DNSPlayer.zone([DNS.a("agents.ns.test"), DNS.a("agents.other.test", 2)]))
        var settings = Self.settings([player.server])
        settings.search = nil
        let resolver = Resolver(settings, resolvConf: path, hosts: "/none", nameServices: "/none")
        #expect(try await resolver.addresses("agents").addresses == [HostAddress([10, 0, 0, 1])])
        try Data("search other.test\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try await resolver.addresses("agents").addresses == [HostAddress([10, 0, 0, 2])])
        await player.close()
        #expect(player.questions.first?.contains("agents.ns.test") == true)
    }

    @Test("asks the system what DNS does not know, where more than DNS is asked for names")
    func system() async throws {
        let folder = "/tmp/clawproxy-names-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let player = try await DNSPlayer(DNSPlayer.zone([]))
        try Data("nameserver \(player.server.spelling)\nsearch .\n".utf8).write(
            to: URL(fileURLWithPath: "\(folder)/resolv"))
        let resolver = Resolver(
            ResolverSettings(), resolvConf: "\(folder)/resolv", hosts: "/none", nameServices: "\(folder)/nsswitch")
        // a name to us, an address to the system
        #expect(await failure(resolver, "127.1")?.kind == .noName)
        let before = player.questions.count
        for (line, asked) in [("hosts: files dns myhostname", 2), ("hosts: files", 0)] {
            try Data("\(line)\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/nsswitch"))
            let count = player.questions.count
            #expect(try await resolver.addresses("127.1").addresses == [HostAddress([127, 0, 0, 1])])
            #expect(player.questions.count == count + asked)
        }
        #expect(before == 2)
        await player.close()
    }

    @Test("asks by other settings from the next question on")
    func adopt() async throws {
        let one = try await DNSPlayer(DNSPlayer.zone([DNS.a("agents.test", 1)]))
        let two = try await DNSPlayer(DNSPlayer.zone([DNS.a("agents.test", 2)]))
        let resolver = Self.resolver(Self.settings([one.server]))
        #expect(try await resolver.addresses("agents.test").addresses == [HostAddress([10, 0, 0, 1])])
        resolver.adopt(Self.settings([two.server]))
        #expect(try await resolver.addresses("agents.test").addresses == [HostAddress([10, 0, 0, 2])])
        await one.close()
        await two.close()
    }

    @Test("finds services with their addresses; what came along is not asked for")
    func services() async throws {
        let name = "_http._tcp.agents.test"
        let records = [
            DNS.service(name, "b.test", 9001, priority: 10), DNS.service(name, "a.test", 9002),
            DNS.service(name, "gone.test", 9003), DNS.a("a.test", 1, ttl: 7), DNS.a("b.test", 2),
        ]
        let player = try await DNSPlayer(DNSPlayer.zone(records, additional: [DNS.a("b.test", 2)]))
        let resolver = Self.resolver(Self.settings([player.server]))
        let found = try await resolver.services(name)
        let plain = try await resolver.services(name, withAddresses: false)
        await player.close()
        #expect(found.records.map(\.target) == ["a.test", "gone.test", "b.test"])
        #expect(found.records.map(\.port) == [9002, 9003, 9001])
        #expect(found.records.map { $0.addresses.map(\.description) } == [["10.0.0.1"], [], ["10.0.0.2"]])
        #expect(found.records.map { $0.failure?.kind } == [nil, .noName, nil])
        #expect(found.ttl == .seconds(3))
        #expect(!player.questions.contains("udp b.test A"))
        #expect(plain.records.allSatisfy { $0.addresses.isEmpty && $0.failure == nil })
        #expect(plain.ttl == .seconds(60))
    }

    @Test("the root as target says that there is no service")
    func noService() async throws {
        let record = DNSRecord(
            DNS.name("_http._tcp.test"), ttl: 60, .service(priority: 0, weight: 0, port: 0, target: .root))
        let player = try await DNSPlayer(DNSPlayer.zone([record]))
        await #expect(throws: ResolveFailure.self) {
            try await Self.resolver(Self.settings([player.server])).services("_http._tcp.test")
        }
        await player.close()
    }

    @Test("who is cancelled does not wait")
    func cancelled() async throws {
        let player = try await DNSPlayer { _, _ in [] }
        let resolver = Self.resolver(Self.settings([player.server], timeout: .seconds(60)))
        let task = Task { await failure(resolver, "agents.test") }
        while player.questions.count < 2 { await Task.yield() }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        await player.close()
    }
}
