import Balancer
import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Proxy
import Settings
import Testing

private func bytes(_ text: String) -> Result<RedisReply, RedisFailure> { .success(.bytes(ByteBuffer(string: text))) }

/// Speaks first, and HTTP.
private final class Stranger: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        let words = ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(words), promise: nil)
    }
}

@Suite("A client of a real Redis", .disabled(if: RedisServer.isMissing, "redis-server is not installed"))
struct RedisClientTests {
    @Test("stores and finds, with what it was told to say first")
    func keys() async throws {
        let server = try await RedisServer()
        let asker = try await RedisAsker("unix:\(server.socket)?db=3").connected()
        #expect(await asker.send("SET", "k", "v\r\n") == .success(.status("OK")))
        #expect(await asker.send("GET", "k") == bytes("v\r\n"))
        #expect(await asker.send("GET", "none") == .success(.null))
        let info = await asker.send("CLIENT", "LIST")
        guard case .success(.bytes(let list)) = info else {
            Issue.record("\(info)")
            return
        }
        #expect(String(buffer: list).contains("name=clawproxy"))
        #expect(String(buffer: list).contains("db=3"))
        #expect(asker.log == ["redis is in use"])
    }

    @Test("keys live as long as they are told to, and what is there can be left alone")
    func lifetimes() async throws {
        let server = try await RedisServer()
        let asker = try await RedisAsker("unix:\(server.socket)").connected()
        let told = NIOLockedValueBox<[String]>([])
        let loop = asker.client.eventLoop
        try await loop.submit {
            let client = asker.client
            let note: @Sendable (String) -> Void = { text in told.withLockedValue { $0.append(text) } }
            client.set("k".utf8, "1".utf8, milliseconds: 60_000) { note("set \($0)") }
            client.set("k".utf8, "2".utf8, onlyNew: true) { note("new \($0)") }
            client.get("k".utf8) { note("get \($0.map { $0.map { String(buffer: $0) } })") }
            client.send(RedisCommand("PTTL").with("k")) { result in
                guard case .success(.integer(let left)) = result else { return note("\(result)") }
                note("ttl \((1...60_000).contains(left))")
            }
            client.expire("k".utf8, milliseconds: 5000) { note("expire \($0)") }
            client.delete("k".utf8) { note("delete \($0)") }
            client.get("k".utf8) { note("get \($0.map { $0.map { String(buffer: $0) } })") }
            client.expire("k".utf8, milliseconds: 5000) { note("expire \($0)") }
        }.get()
        try await eventually("the replies") { told.withLockedValue { $0.count } == 8 }
        #expect(
            told.withLockedValue { $0 } == [
                "set success(true)", "new success(false)", "get success(Optional(\"1\"))", "ttl true",
                "expire success(true)", "delete success(true)", "get success(nil)", "expire success(false)",
            ])
    }

    @Test("a thousand commands at once are answered in their order; more than may be under way are refused")
    func pipeline() async throws {
        let server = try await RedisServer()
        let asker = try await RedisAsker("unix:\(server.socket)") { $0.maxPending = 100 }.connected()
        let loop = asker.client.eventLoop
        let told = NIOLockedValueBox<[String]>([])
        try await loop.submit {
            for index in 0..<150 {
                asker.client.send(RedisCommand("ECHO").with("\(index)")) { result in
                    told.withLockedValue { $0.append("\(index) \(result == bytes("\(index)") ? "echo" : "\(result)")") }
                }
            }
        }.get()
        try await eventually("the replies") { told.withLockedValue { $0.count } == 150 }
        let busy = (100..<150).map { "\($0) failure(Proxy.RedisFailure.busy)" }
        #expect(told.withLockedValue { $0 } == busy + (0..<100).map { "\($0) echo" })
        #expect(await asker.isUsable)
    }

    @Test("a wrong password, or none, is told as that, and is tried again")
    func credentials() async throws {
        let server = try await RedisServer(["--requirepass", "right"])
        let wrong = RedisAsker("unix:\(server.socket)") { $0.password = Secret("wrong") }
        let none = RedisAsker("unix:\(server.socket)")
        let right = try await RedisAsker("unix:\(server.socket)") { $0.password = Secret("right") }.connected()
        try await eventually("the lines") { !wrong.log.isEmpty && !none.log.isEmpty }
        #expect(wrong.log.first?.hasPrefix("redis is of no use: it does not let us in: WRONGPASS") == true)
        #expect(none.log.first?.hasPrefix("redis is of no use: it does not let us in: NOAUTH") == true)
        #expect(right.log == ["redis is in use"])
        #expect(!wrong.log.joined().contains("wrong"))
        #expect(await wrong.send("GET", "k") == .failure(.unavailable))
        #expect(await right.send("CLIENT", "GETNAME") == bytes("clawproxy"))
        let words = RedisCommand("CONFIG").with("SET").with("requirepass").with("wrong")
        #expect(await right.send(words) == .success(.status("OK")))
        try await wrong.tells("redis is in use")
    }

    @Test("logs in as a user of an ACL")
    func users() async throws {
        let server = try await RedisServer(["--user", "claw", "on", ">pw", "~*", "+@all", "--user", "default", "off"])
        let asker = try await RedisAsker("unix:\(server.socket)") {
            $0.username = "claw"
            $0.password = Secret("pw")
        }.connected()
        #expect(await asker.send("SET", "k", "v") == .success(.status("OK")))
    }

    @Test("one that is paused costs five commands their time, and then none; its late replies are dropped")
    func paused() async throws {
        let server = try await RedisServer()
        let asker = try await RedisAsker("unix:\(server.socket)") { $0.timeout = .milliseconds(500) }.connected()
        #expect(await asker.send("SET", "k", "v") == .success(.status("OK")))
        server.pause()
        let five = Array(repeating: RedisCommand("GET").with("k"), count: 5)
        #expect(await asker.sendAll(five) == Array(repeating: .failure(.late), count: 5))
        #expect(await asker.send("GET", "k") == .failure(.unavailable))
        #expect(!(await asker.isUsable))
        let words = "redis is of no use: no reply within 500ms, 5 times in a row"
        #expect(asker.log == ["redis is in use", words])
        server.go()
        // a trial passes after a second, and its reply is its own
        try await eventually("the trial") { await asker.send("ECHO", "again") == bytes("again") }
        try await asker.tells("redis is back")
        #expect(asker.log == ["redis is in use", words, "redis is back"])
        #expect(await asker.send("GET", "k") == bytes("v"))
    }

    @Test("one that is killed is of no use at once, and is found again when it is back")
    func killed() async throws {
        let server = try await RedisServer()
        let asker = try await RedisAsker("unix:\(server.socket)").connected()
        server.pause()
        let waiting = Task { await asker.send("GET", "k") }
        let loop = asker.client.eventLoop
        // the command is under way
        try await loop.submit {}.get()
        server.kill()
        let lost = await waiting.value
        #expect(lost == .failure(.unavailable))
        #expect(await asker.send("GET", "k") == .failure(.unavailable))
        try await eventually("the line") { asker.log.count >= 2 }
        // whichever of the two the system tells
        let words = ["it closed the connection", "the connection broke: connection reset by peer"]
        #expect(words.contains { asker.log[1] == "redis is of no use: \($0)" })
        try await server.start()
        _ = try await asker.connected()
        #expect(await asker.send("SET", "k", "v") == .success(.status("OK")))
        try await asker.tells("redis is back")
        #expect(asker.log.count <= 4)
    }

    @Test("one that is not there is told so, and found when it comes")
    func absent() async throws {
        let server = try await RedisServer(starts: false)
        let asker = RedisAsker("unix:\(server.socket)")
        try await eventually("the line") { !asker.log.isEmpty }
        #expect(asker.log == ["redis is of no use: no such file or directory"])
        #expect(await asker.send("GET", "k") == .failure(.unavailable))
        try await server.start()
        _ = try await asker.connected()
        try await asker.tells("redis is in use")
    }

    @Test("one that hangs while we connect is silent")
    func hanging() async throws {
        let server = try await RedisServer()
        server.pause()
        let asker = RedisAsker("unix:\(server.socket)") { $0.connectTimeout = .milliseconds(100) }
        try await eventually("the line") { !asker.log.isEmpty }
        #expect(asker.log == ["redis is of no use: no connection and login within 100ms"])
        server.go()
        _ = try await asker.connected()
    }

    @Test("a replica is told as one, once, and is in use again when it takes writes")
    func replica() async throws {
        let server = try await RedisServer()
        let asker = try await RedisAsker("unix:\(server.socket)").connected()
        // a master that is not there
        #expect(await asker.send("REPLICAOF", "127.0.0.1", "1") == .success(.status("OK")))
        let words = "READONLY You can't write against a read only replica."
        #expect(await asker.send("SET", "k", "v") == .failure(.refused(words)))
        // who asked is answered before the line is written
        try await asker.tells("redis is of no use: it is a replica and takes no writes (READONLY)")
        _ = try await asker.connected()
        #expect(asker.log.last?.hasPrefix("redis is of no use") == true)
        #expect(await asker.send("REPLICAOF", "NO", "ONE") == .success(.status("OK")))
        #expect(await asker.send("SET", "k", "v") == .success(.status("OK")))
        try await asker.tells("redis is back")
        #expect(asker.log == ["redis is in use", asker.log[1], "redis is back"])
    }

    @Test("a command that is refused by itself changes nothing else, and is logged once")
    func refused() async throws {
        let server = try await RedisServer()
        let asker = try await RedisAsker("unix:\(server.socket)").connected()
        #expect(await asker.send("SET", "k", "v") == .success(.status("OK")))
        for _ in 0..<7 {
            let result = await asker.send("LPUSH", "k", "v")
            guard case .failure(.refused(let words)) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(words.hasPrefix("WRONGTYPE"))
        }
        #expect(await asker.isUsable)
        #expect(asker.log.filter { $0.hasPrefix("redis refused a command: WRONGTYPE") }.count == 1)
    }

    @Test("one that is stopped answers nothing more, and tells who waited")
    func stopped() async throws {
        let server = try await RedisServer()
        let asker = try await RedisAsker("unix:\(server.socket)").connected()
        server.pause()
        let waiting = Task { await asker.send("GET", "k") }
        try await eventually("the command to be under way") {
            (try? await asker.client.eventLoop.submit { asker.client.isUsable }.get()) ?? false
        }
        asker.client.stop()
        #expect(await waiting.value == .failure(.unavailable))
        #expect(await asker.send("GET", "k") == .failure(.unavailable))
        server.go()
    }

    @Test("what speaks another protocol is told as broken")
    func stranger() async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Stranger()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let asker = RedisAsker("redis://127.0.0.1:\(channel.localAddress?.port ?? 0)")
        try await eventually("the line") { !asker.log.isEmpty }
        #expect(asker.log.first?.hasPrefix("redis is of no use: what it sent is no reply: protocol error") == true)
        try await channel.close()
    }

    @Test("a name that is not there is told so")
    func noName() async throws {
        let asker = RedisAsker("redis://a..b") { $0.endpoint = RedisEndpoint(.tcp(host: "a..b", port: 1)) }
        try await eventually("the line") { !asker.log.isEmpty }
        #expect(asker.log.first?.contains("is no name") == true)
    }

    @Test("TLS, with a certificate that it knows and with one that it does not")
    func tls() async throws {
        let server = try await RedisServer(starts: false)
        let made = try Process.run(
            URL(fileURLWithPath: "/usr/bin/openssl"),
            arguments: [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(server.folder)/key.pem",
                "-out",
                "\(server.folder)/cert.pem",
            ])
        made.waitUntilExit()
        let port = try freePort()
        let secured = try await RedisServer([
            "--tls-port", "\(port)", "--tls-cert-file", "\(server.folder)/cert.pem", "--tls-key-file",
            "\(server.folder)/key.pem", "--tls-ca-cert-file", "\(server.folder)/cert.pem", "--tls-auth-clients", "no",
        ])
        let known = try await RedisAsker("rediss://localhost:\(port)") { $0.tls.caFile = "\(server.folder)/cert.pem" }
            .connected()
        #expect(await known.send("SET", "k", "v") == .success(.status("OK")))
        let unknown = RedisAsker("rediss://localhost:\(port)")
        try await eventually("the line") { !unknown.log.isEmpty }
        #expect(unknown.log.first?.hasPrefix("redis is of no use: ") == true)
        #expect(unknown.log.first?.contains("certificate") == true, "\(unknown.log)")
        _ = secured
    }

    private func freePort() throws -> Int {
        let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0)
            .wait()
        defer { try? channel.close().wait() }
        return channel.localAddress?.port ?? 0
    }
}
