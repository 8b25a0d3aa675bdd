internal import Glibc
internal import NIOCore
internal import NIOPosix
package import Settings

/// Asks an admin listener by `POST /rpc`: one question, one connection. The command line and the other replicas use it.
package struct RPCClient: Sendable {
    /// Until a connection stands.
    static let connectTime = Duration.seconds(2)
    /// The longest answer that is read.
    static let mostBytes = 128 << 20

    private let address: ListenAddress
    private let token: String?

    package init(_ address: ListenAddress, token: String?) {
        self.address = address
        self.token = token
    }

    /// The payload of the answer. A caller that is cancelled gets `.broken` at once.
    package func call(
        _ method: String, _ params: Node, timeout: Duration = .seconds(30)
    ) async throws(RPCFailure) -> Node {
        let question = Node.object([("method", .string(method)), ("params", params)])
        return try Self.payload(await answer(to: request(question.json), within: timeout))
    }

    /// What an answer says, whatever its status.
    static func payload(_ answer: RPCAnswer) throws(RPCFailure) -> Node {
        let node: Node
        do throws(SyntaxError) {
            node = try JSONReader.read(answer.body, source: "answer", dialect: .json5, duplicates: .lastStays)
        } catch {
            throw .broken("no answer of an admin listener (status \(answer.status)); compare with admin.listen")
        }
        if let error = node.member("error") { throw RPCFailure(error: error, status: answer.status) }
        guard answer.status == 200, node["ok"]?.bool == true else {
            throw .broken("no answer to an RPC (status \(answer.status)); is it the admin listener of a ClawProxy?")
        }
        return node["payload"] ?? .null
    }

    /// Numeric hosts and `localhost` are what an admin listener takes as its own name.
    private func request(_ body: String) -> ByteBuffer {
        var head = "POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        head += "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
        var request = ByteBuffer()
        request.reserveCapacity(head.utf8.count + body.utf8.count)
        request.writeString(head)
        request.writeString(body)
        return request
    }

    private func answer(to request: ByteBuffer, within timeout: Duration) async throws(RPCFailure) -> RPCAnswer {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let turn = RPCTurn(loop, address.spelling)
        turn.end(after: timeout)
        connect(loop, min(Self.connectTime, timeout)).whenComplete { result in
            switch result {
            case .success(let channel): turn.ask(request, on: channel)
            case .failure(let error): turn.finish(.failure(.unreachable(unreachable(error))))
            }
        }
        return try await turn.answer()
    }

    private func connect(_ loop: any EventLoop, _ limit: Duration) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(.nanoseconds(limit.nanoseconds))
        switch address {
        case .unix(let path): return bootstrap.connect(unixDomainSocketPath: path)
        case .tcp(let host, let port):
            let isWildcard = host == "0.0.0.0" || host == "::"
            return bootstrap.connect(host: isWildcard ? "127.0.0.1" : host, port: port)
        }
    }

    private func unreachable(_ error: any Error) -> String {
        var reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)).lowercased() } ?? "\(error)"
        if let several = error as? NIOConnectionError { reason = Self.reason(several) }
        return "no proxy answers at \(address.spelling): \(reason)"
    }

    /// The first reason that says more than that nothing was found.
    private static func reason(_ error: NIOConnectionError) -> String {
        if let first = error.connectionErrors.first?.error {
            if let system = first as? IOError { return String(cString: strerror(system.errnoCode)).lowercased() }
            if case ChannelError.connectTimeout = first { return "no connection in time" }
            return "\(first)"
        }
        return "\(error.host) has no address"
    }
}

/// An HTTP answer.
struct RPCAnswer: Sendable {
    var status: Int
    var body: [UInt8]
}
