import Foundation
import NIOConcurrencyHelpers
@testable import Proxy
import Semantics
import Settings

/// An embeddings endpoint that does as it is told with each request, by its number from 0 and its texts.
final class EmbeddingsServer: Sendable {
    let server: ScriptedServer
    private let known: NIOLockedValueBox<ScriptedServer?>

    init(
        unix path: String? = nil,
        _ script: @escaping @Sendable (Int, [String]) -> ScriptedServer.Act = { _, texts in
            .answer(EmbeddingsServer.vectors(texts))
        }
    ) async throws {
        let known = NIOLockedValueBox<ScriptedServer?>(nil)
        self.known = known
        server = try await ScriptedServer(unix: path) { number in
            let request = known.withLockedValue { $0 }?.seen.withLockedValue { $0.requests[number] } ?? ""
            return script(number, Self.texts(of: request))
        }
        known.withLockedValue { [server] in $0 = server }
    }

    /// The texts of each request so far.
    var asked: [[String]] { server.seen.withLockedValue { $0.requests }.map(Self.texts) }

    func stop() async {
        known.withLockedValue { $0 = nil }
        await server.stop()
    }

    func tier(
        _ name: String = "endpoint", _ edit: (inout SemanticTierSettings) -> Void = { _ in }
    ) -> SemanticTierSettings {
        var tier = SemanticTierSettings()
        tier.name = name
        tier.type = .endpoint
        tier.url = "http://127.0.0.1:\(server.port)/v1/embeddings"
        tier.model = "small"
        edit(&tier)
        return tier
    }

    private static func texts(of request: String) -> [String] {
        guard let end = request.range(of: "\r\n\r\n"),
            let tree = try? JSONSerialization.jsonObject(with: Data(request[end.upperBound...].utf8)) as? [String: Any]
        else { return [] }
        return tree["input"] as? [String] ?? []
    }

    // MARK: answers

    static func http(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// The last text's vector first: the order is told by `index` alone.
    static func vectors(_ texts: [String], _ vector: (String) -> [Float] = Spoken.vector) -> String {
        let entries = texts.enumerated().reversed().map { index, text in
            "{\"object\":\"embedding\",\"embedding\":\(vector(text)),\"index\":\(index)}"
        }
        let data = entries.joined(separator: ",")
        return http("{\"object\":\"list\",\"data\":[\(data)],\"model\":\"small\",\"usage\":{\"total_tokens\":5}}")
    }
}
