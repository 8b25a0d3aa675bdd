import Foundation
import NIOConcurrencyHelpers
import NIOCore
import Proxy
import Testing

private func ok(_ body: String, _ more: String = "") -> String {
    "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\(more)\r\n\(body)"
}

@Suite("the proxy's own HTTP client", .timeLimit(.minutes(5)))
struct HTTPClientTests {
    private let client = HTTPClient()

    private func there(_ server: ScriptedServer, tls: HTTPDestination.TLS? = nil) -> HTTPDestination {
        HTTPDestination(.host("127.0.0.1", port: server.port), tls: tls, authority: "server.test:\(server.port)")
    }

    private func ask(
        _ server: ScriptedServer, _ request: HTTPRequest = HTTPRequest("/"), within limit: Duration = .seconds(10),
        tls: HTTPDestination.TLS? = nil
    ) async -> Result<HTTPAnswer, HTTPClientFailure> {
        do throws(HTTPClientFailure) {
            return .success(try await client.send(request, to: there(server, tls: tls), within: limit))
        } catch {
            return .failure(error)
        }
    }

    private func failure(_ result: Result<HTTPAnswer, HTTPClientFailure>) -> HTTPClientFailure? {
        guard case .failure(let failure) = result else { return nil }
        return failure
    }

    // MARK: whole answers

    @Test(
        "reads an answer, however its end is told",
        arguments: [
            ok("hello", "X-A: 1\r\n"),
            "HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n" + ok("hello", "x-a: 1\r\n"),
        ])
    func answers(_ text: String) async throws {
        let server = try await ScriptedServer { _ in .answer(text) }
        let answer = try await ask(server).get()
        #expect(answer.status == 200 && answer.body == Array("hello".utf8) && answer.fields["X-A"] == "1")
        #expect(!answer.isCut)
        await server.stop()
    }

    @Test("reads an answer up to the end of the connection")
    func untilClose() async throws {
        let server = try await ScriptedServer { _ in .last("HTTP/1.0 404 Not Found\r\n\r\nnothing here") }
        let answer = try await ask(server).get()
        #expect(answer.status == 404 && answer.body == Array("nothing here".utf8))
        await server.stop()
    }

    @Test("asks as it is told; no control character of a value goes on the wire")
    func question() async throws {
        let server = try await ScriptedServer { _ in .answer(ok("")) }
        var request = HTTPRequest("/a?b=c")
        request.method = "POST"
        request.set("Authorization", "Bearer abc\n")
        request.body = Array("{}".utf8)
        _ = try await ask(server, request).get()
        let wanted =
            "POST /a?b=c HTTP/1.1\r\nHost: server.test:\(server.port)\r\nAuthorization: Bearer abc\r\n"
            + "Content-Length: 2\r\n\r\n{}"
        #expect(server.seen.withLockedValue { $0.requests } == [wanted])
        await server.stop()
    }

    @Test("keeps a connection, and asks again over another one when it has been closed")
    func kept() async throws {
        let server = try await ScriptedServer { $0 == 3 ? .close : .answer(ok("\($0)")) }
        for number in ["0", "1", "2"] {
            #expect(try await ask(server).get().body == Array(number.utf8))
        }
        #expect(server.seen.withLockedValue { $0.accepted } == 1)
        // the fourth question is closed upon, and repeated
        #expect(try await ask(server).get().body == Array("4".utf8))
        #expect(server.seen.withLockedValue { $0.accepted } == 2)
        await server.closeAll()
        #expect(try await ask(server).get().body == Array("5".utf8))
        await server.stop()
    }

    @Test("never repeats what may not be repeated, nor what was half answered")
    func notRepeated() async throws {
        let server = try await ScriptedServer { number in
            switch number {
            case 0, 2: .answer(ok(""))
            case 1: .close
            default: .last("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            }
        }
        _ = try await ask(server).get()
        var post = HTTPRequest("/")
        post.method = "POST"
        #expect(failure(await ask(server, post)) == .broken("the connection was closed without an answer"))
        _ = try await ask(server).get()
        #expect(failure(await ask(server)) == .broken("the connection was closed within the answer"))
        #expect(server.seen.withLockedValue { $0.requests.count } == 4)
        await server.stop()
    }

    @Test("gives up in time, and closes the connection")
    func late() async throws {
        let server = try await ScriptedServer { $0 == 0 ? .answer(ok("")) : .nothing }
        // a machine that is slow may take its time to connect; that is not what is late here
        _ = try await ask(server).get()
        #expect(failure(await ask(server, within: .milliseconds(100))) == .late(connecting: false))
        #expect(await server.sees { $0.closed == 1 })
        await server.stop()
    }

    @Test("a caller that is cancelled is answered at once, and the connection is closed")
    func cancelled() async throws {
        let server = try await ScriptedServer { _ in .nothing }
        let question = Task { await ask(server) }
        #expect(await server.sees { $0.requests.count == 1 })
        question.cancel()
        #expect(failure(await question.value) == .cancelled)
        #expect(await server.sees { $0.closed == 1 })
        let before = Task { () -> HTTPClientFailure? in
            withUnsafeCurrentTask { $0?.cancel() }
            return failure(await ask(server))
        }
        #expect(await before.value == .cancelled)
        await server.stop()
    }

    @Test("an answer that is too long is refused, or cut where that is asked for")
    func long() async throws {
        let server = try await ScriptedServer { _ in .answer(ok(String(repeating: "a", count: 5000))) }
        var request = HTTPRequest("/")
        request.mostBytes = 4999
        #expect(failure(await ask(server, request)) == .tooLong(4999))
        request.cutsLongAnswers = true
        let answer = try await ask(server, request).get()
        #expect(answer.isCut && answer.body.count == 4999)
        request.mostBytes = 5000
        #expect(try await !ask(server, request).get().isCut)
        await server.stop()
    }

    @Test("what is not HTTP, or an answer that nobody asked for, is a failure")
    func strange() async throws {
        let server = try await ScriptedServer {
            $0 == 0
                ? .answer("SSH-2.0-x\r\n\r\n")
                : .answer("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n")
        }
        guard case .broken = failure(await ask(server)) else {
            Issue.record("SSH was taken for HTTP")
            return
        }
        #expect(failure(await ask(server)) == .broken("it changed protocols although nobody asked"))
        await server.stop()
    }

    @Test("nobody there is told so")
    func unreachable() async throws {
        let server = try await ScriptedServer { _ in .nothing }
        await server.stop()
        #expect(failure(await ask(server)) == .unreachable("connection refused"))
        let nowhere = HTTPDestination(.addresses([]), authority: "x")
        await #expect(throws: HTTPClientFailure.unreachable("the host has no address")) {
            try await client.send(HTTPRequest("/"), to: nowhere, within: .seconds(5))
        }
    }

    @Test("addresses are tried in turn")
    func addresses() async throws {
        let (gone, server) = (
            try await ScriptedServer { _ in .nothing }, try await ScriptedServer { _ in .answer(ok("b")) }
        )
        await gone.stop()
        let places = try [gone.port, server.port].map { try SocketAddress(ipAddress: "127.0.0.1", port: $0) }
        let there = HTTPDestination(.addresses(places), authority: "x")
        #expect(try await client.send(HTTPRequest("/"), to: there, within: .seconds(5)).body == Array("b".utf8))
        await server.stop()
    }

    @Test("speaks over unix sockets")
    func unix() async throws {
        let path = "/tmp/clawproxy-client-\(UUID().uuidString.prefix(8)).sock"
        let server = try await ScriptedServer(unix: path) { _ in .answer(ok("local")) }
        let there = HTTPDestination(.unix(path: path), authority: "localhost")
        #expect(try await client.send(HTTPRequest("/"), to: there, within: .seconds(5)).body == Array("local".utf8))
        await server.stop()
    }

    @Test("a client that is closed gives up what it asks")
    func closed() async throws {
        let server = try await ScriptedServer { _ in .nothing }
        let question = Task { await ask(server) }
        #expect(await server.sees { $0.requests.count == 1 })
        client.close()
        #expect(failure(await question.value) == .cancelled)
        #expect(await server.sees { $0.closed == 1 })
        await server.stop()
    }

    // MARK: TLS

    @Test("speaks over TLS, and says why it does not")
    func tls() async throws {
        let certificates = try TLSCertificates.shared.get()
        let leaf = try certificates.issue(["DNS:server.test"])
        let server = try await ScriptedServer(tls: TLSPeer.Context(leaf)) {
            $0 < 2 ? .answer(ok("secret")) : .last("HTTP/1.1 200 OK\r\n\r\nall of it")
        }
        var options = TLSClientOptions()
        options.caFile = certificates.ca
        let context = try TLSClientContext(options)
        let known = HTTPDestination.TLS(context, name: TLSPeerName("server.test"))
        for body in ["secret", "secret", "all of it"] {
            #expect(try await ask(server, tls: known).get().body == Array(body.utf8))
        }
        #expect(server.seen.withLockedValue { $0.accepted } == 1)
        let other = HTTPDestination.TLS(context, name: TLSPeerName("other.test"))
        guard case .tls(let why) = failure(await ask(server, tls: other)) else {
            Issue.record("a certificate for another name was taken")
            return
        }
        #expect(why.kind == .certificate && why.what.contains("'server.test'"))
        await server.stop()
    }

    // MARK: streams

    @Test("a stream gives its pieces as they come, and its end")
    func stream() async throws {
        let server = try await ScriptedServer { _ in
            .answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        }
        let answer = try await client.stream(HTTPRequest("/watch"), from: there(server), within: .seconds(10))
        #expect(answer.status == 200)
        var pieces = answer.body.makeAsyncIterator()
        #expect(try await pieces.next() == Array("one".utf8))
        server.send("3\r\ntwo\r\n")
        #expect(try await pieces.next() == Array("two".utf8))
        server.send("0\r\n\r\n")
        #expect(try await pieces.next() == nil)
        await server.stop()
    }

    @Test("a stream that is cut short ends with a failure; one that is silent for too long does so too")
    func brokenStream() async throws {
        let server = try await ScriptedServer { _ in
            .answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        }
        let cut = try await client.stream(HTTPRequest("/"), from: there(server), within: .seconds(10))
        var pieces = cut.body.makeAsyncIterator()
        #expect(try await pieces.next() == Array("one".utf8))
        await server.closeAll()
        await #expect(throws: HTTPClientFailure.broken("the connection was closed within the answer")) {
            try await pieces.next()
        }
        let silent = try await client.stream(
            HTTPRequest("/"), from: there(server), within: .seconds(10), idle: .milliseconds(50))
        await #expect(throws: HTTPClientFailure.late(connecting: false)) {
            for try await _ in silent.body {}
        }
        await server.stop()
    }

    @Test("a stream that nobody reads any more is closed")
    func abandonedStream() async throws {
        let server = try await ScriptedServer { _ in
            .answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        }
        let destination = there(server)
        let reader = Task {
            for try await _ in try await client.stream(HTTPRequest("/"), from: destination, within: .seconds(10)).body {
            }
        }
        #expect(await server.sees { $0.requests.count == 1 })
        reader.cancel()
        _ = await reader.result
        #expect(await server.sees { $0.closed == 1 })
        await server.stop()
    }

    @Test("a reader that is slow slows the server down")
    func pressure() async throws {
        let server = try await ScriptedServer { _ in .answer("HTTP/1.1 200 OK\r\nContent-Length: 33554432\r\n\r\n") }
        let answer = try await client.stream(HTTPRequest("/"), from: there(server), within: .seconds(10))
        let piece = String(repeating: "x", count: 1 << 20)
        for _ in 0..<32 { server.send(piece) }
        let channel = try #require(server.seen.withLockedValue { $0.open.last })
        var (waiting, looks) = (-1, 0)
        try await eventually("the server to stand still") {
            let now = try? await channel.getOption(.bufferedWritableBytes).get()
            looks = now == waiting ? looks + 1 : 0
            waiting = now ?? -1
            return looks == 50
        }
        #expect(waiting > 8 << 20, "the server's bytes wait on its side, found \(waiting) waiting there")
        var count = 0
        for try await piece in answer.body { count += piece.count }
        #expect(count == 32 << 20)
        await server.stop()
    }
}
