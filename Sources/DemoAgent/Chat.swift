import Foundation
import NIOCore
import NIOHTTP1

/// `/api/v1/chat` and `/api/v1/chat/stream`: `{"message", "agent", "stream"}` in, one JSON object or a stream out.
enum Chat {
    private struct Question: Decodable {
        var message: String
        var agent: String?
        var stream: Bool?
    }

    static func answer(_ request: Request, _ agent: Agent, streams: Bool) -> Answer {
        if let refusal = Routes.onlyPost(request) { return refusal }
        guard let question = try? JSONDecoder().decode(Question.self, from: Data(request.body.readableBytesView)) else {
            return .problem(
                .badRequest, "invalid_request_error",
                "body: expected a JSON object {\"message\": text, \"agent\"?: text, \"stream\"?: true or false}")
        }
        let behaviour = agent.behaviour
        let words = Speech.words(question.message, by: agent, count: behaviour.tokens)
        let id = Identifier.make("chat-")
        return streams || question.stream == true
            ? .message(.events(stream(words, id, agent, behaviour.tokenInterval)))
            : .json(.ok, whole(words, id, agent, question: question.message))
    }

    private static func whole(_ words: [String], _ id: String, _ agent: Agent, question: String) -> JSON {
        let text = JSON.string(Speech.whole(words))
        return [
            "id": .string(id),
            "agent": .string(agent.id),
            "message": text,
            "content": text,
            "usage": ["input": .int(Speech.count(question)), "output": .int(words.count)],
        ]
    }

    /// One event a word, and a last one that says so.
    private static func stream(_ words: [String], _ id: String, _ agent: Agent, _ interval: Span) -> PacedBody {
        let name = agent.id
        return PacedBody(count: words.count + 1, interval: interval) { index in
            guard index < words.count else {
                return Events.data(["content": "", "done": .bool(true), "id": .string(id), "agent": .string(name)])
            }
            return Events.data(["content": .string(Speech.piece(words, index))])
        }
    }
}
