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
        return try Self.payload(await answer(question.json, within: timeout))
    }

    /// What an answer says, whatever its status.
    static func payload(_ answer: HTTPAnswer) throws(RPCFailure) -> Node {
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

    private static let client = HTTPClient()

    /// Numeric hosts and `localhost` are what an admin listener takes as its own name.
    private func request(_ body: String, within timeout: Duration) -> HTTPRequest {
        var request = HTTPRequest("/rpc")
        request.method = "POST"
        request.set("Content-Type", "application/json")
        if let token { request.set("Authorization", "Bearer \(token)") }
        request.body = Array(body.utf8)
        request.mostBytes = Self.mostBytes
        request.connectWithin = min(Self.connectTime, timeout)
        request.closes = true
        return request
    }

    private var destination: HTTPDestination {
        switch address {
        case .unix(let path): return HTTPDestination(.unix(path: path), authority: "localhost")
        case .tcp(let host, let port):
            let isWildcard = host == "0.0.0.0" || host == "::"
            return HTTPDestination(.host(isWildcard ? "127.0.0.1" : host, port: port), authority: "localhost")
        }
    }

    private func answer(_ body: String, within timeout: Duration) async throws(RPCFailure) -> HTTPAnswer {
        let request = request(body, within: timeout)
        do throws(HTTPClientFailure) {
            return try await Self.client.send(request, to: destination, within: timeout)
        } catch {
            throw failure(error, timeout)
        }
    }

    private func failure(_ failure: HTTPClientFailure, _ timeout: Duration) -> RPCFailure {
        let there = address.spelling
        switch failure {
        case .unreachable, .tls:
            return .unreachable("no proxy answers at \(there): \(failure)")
        case .late(connecting: true) where Self.connectTime < timeout:
            return .unreachable("no proxy answers at \(there): \(failure)")
        case .late: return .broken("\(there) did not answer within \(timeout)")
        case .cancelled: return .broken("the question to \(there) was given up")
        case .tooLong(let bytes):
            return .broken("\(there) gave no answer: its answer is longer than \(bytes >> 20) MiB")
        case .broken(let what): return .broken("\(there) gave no answer: \(what)")
        }
    }
}
