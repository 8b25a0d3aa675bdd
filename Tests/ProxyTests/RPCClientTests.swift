import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Proxy
import Settings
import Testing

/// Answers every connection with the same bytes, once it has read a whole request, and keeps what it read.
private final class Answerer: Sendable {
    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let answer: String?
        let seen: NIOLockedValueBox<String>
        var text = ""

        init(_ answer: String?, _ seen: NIOLockedValueBox<String>) {
            self.answer = answer
            self.seen = seen
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard text.contains("\r\n\r\n"), text.hasSuffix("}}") else { return }
            let whole = text
            seen.withLockedValue { $0 = whole }
            guard let answer else { return }
            let channel = context.channel
            let written = context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)))
            written.whenComplete { _ in channel.close(promise: nil) }
        }
    }

    let seen = NIOLockedValueBox("")
    private let channel: any Channel
    let address: ListenAddress

    /// - Parameter answer: nil: none.
    init(_ answer: String?, unix path: String? = nil) async throws {
        let seen = self.seen
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Connection(answer, seen))
                }
            }
        if let path {
            channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            address = .unix(path: path)
        } else {
            channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
            address = .tcp(host: "127.0.0.1", port: channel.localAddress?.port ?? 0)
        }
    }

    func close() async { try? await channel.close() }
}

@Suite("a question to an admin listener")
struct RPCClientTests {
    private let params = Node.object([("key", .string("a"))])

    private func ask(_ answer: String?, timeout: Duration = .seconds(10)) async throws -> Result<Node, RPCFailure> {
        let server = try await Answerer(answer)
        let result = await ask(server.address, timeout: timeout)
        await server.close()
        return result
    }

    private func ask(_ address: ListenAddress, timeout: Duration = .seconds(10)) async -> Result<Node, RPCFailure> {
        do throws(RPCFailure) {
            return .success(try await RPCClient(address, token: "secret").call("config.get", params, timeout: timeout))
        } catch {
            return .failure(error)
        }
    }

    private static func json(_ status: Int, _ body: String) -> String {
        "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test(
        "has the payload, however the answer is framed",
        arguments: [
            json(200, "{\"id\": null, \"ok\": true, \"payload\": {\"a\": 1}}"),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "10\r\n{\"ok\": true, \"pa\r\n11\r\nyload\": {\"a\": 1}}\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"ok\": true, \"payload\": {\"a\": 1}}",
            "HTTP/1.1 100 Continue\r\n\r\n" + json(200, "{\"ok\": true, \"payload\": {\"a\": 1}}"),
        ])
    func payload(answer: String) async throws {
        #expect(try await ask(answer).get()["a"]?.int == 1)
    }

    @Test("says who asks, and names no host but this one")
    func request() async throws {
        let server = try await Answerer(Self.json(200, "{\"ok\": true}"))
        #expect(try await ask(server.address).get().isNull)
        await server.close()
        let request = server.seen.withLockedValue { $0 }
        #expect(request.hasPrefix("POST /rpc HTTP/1.1\r\nHost: localhost\r\n"))
        #expect(request.contains("\r\nAuthorization: Bearer secret\r\n"))
        #expect(request.hasSuffix("\r\n\r\n{\"method\": \"config.get\", \"params\": {\"key\": \"a\"}}"))
    }

    @Test("goes over a Unix socket as well")
    func unix() async throws {
        let path = "/tmp/clawproxy-rpc-\(UInt32.random(in: .min ... .max)).sock"
        let server = try await Answerer(Self.json(200, "{\"ok\": true, \"payload\": 5}"), unix: path)
        #expect(try await ask(server.address).get().int == 5)
        await server.close()
    }

    @Test("that is refused says why, with all that was said")
    func refused() async throws {
        let error = "{\"code\": \"UNAVAILABLE\", \"message\": \"busy\", \"retryAfterMs\": 500, \"issues\": []}"
        let result = try await ask(Self.json(200, "{\"ok\": false, \"error\": \(error)}"))
        guard case .failure(.refused("UNAVAILABLE", "busy", 500, let error)) = result else {
            Issue.record("no refusal")
            return
        }
        #expect(error["issues"]?.elements?.isEmpty == true)
    }

    @Test("that was not let in is refused as well, whatever the form of the refusal", arguments: [401, 403, 413])
    func notLetIn(status: Int) async throws {
        let error = "{\"code\":\"admin_refused\",\"message\":\"no\",\"hint\":\"use localhost\"}"
        let result = try await ask(Self.json(status, "{\"error\":\(error)}"))
        guard case .failure(.refused("admin_refused", "no; use localhost", nil, _)) = result else {
            Issue.record("no refusal")
            return
        }
    }

    @Test(
        "that gets something else for an answer says so",
        arguments: [
            json(200, "hello"), json(404, "{}"), json(200, "{\"payload\": 1}"), "SSH-2.0-x\r\n\r\n", "",
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\": true}",
        ])
    func broken(answer: String) async throws {
        guard case .failure(.broken) = try await ask(answer) else {
            Issue.record("not broken")
            return
        }
    }

    @Test("to nobody is unreachable, with the system's reason")
    func unreachable() async throws {
        let server = try await Answerer("")
        let address = server.address
        await server.close()
        guard case .failure(.unreachable(let what)) = await ask(address) else {
            Issue.record("reached")
            return
        }
        #expect(what == "no proxy answers at \(address.spelling): connection refused")
        guard case .failure(.unreachable) = await ask(.unix(path: "/tmp/clawproxy-nobody.sock")) else {
            Issue.record("reached")
            return
        }
    }

    @Test("without an answer ends with its deadline, or when nobody waits any more")
    func silence() async throws {
        guard case .failure(.broken(let what)) = try await ask(nil, timeout: .milliseconds(50)) else {
            Issue.record("answered")
            return
        }
        #expect(what.contains("did not answer within"))
        let server = try await Answerer(nil)
        let task = Task { await self.ask(server.address) }
        task.cancel()
        guard case .failure(.broken) = await task.value else {
            Issue.record("answered")
            return
        }
        await server.close()
    }
}
