import Foundation
import NIOCore
import NIOHTTP1

/// `/v1/chat/completions` and `/v1/models` in the shape that OpenAI's clients expect.
enum Completions {
    static func models(_ agent: Agent) -> Answer {
        let names = ["openclaw", "openclaw/default", "openclaw/\(agent.id)"]
        let list = names.map { name -> JSON in
            ["id": .string(name), "object": "model", "created": .int(0), "owned_by": "openclaw"]
        }
        return .json(.ok, ["object": "list", "data": .array(list)])
    }

    static func answer(_ request: Request, _ agent: Agent) -> Answer {
        if let refusal = Routes.onlyPost(request) { return refusal }
        let data = Data(request.body.readableBytesView)
        guard let question = try? JSONDecoder().decode(CompletionQuestion.self, from: data) else {
            return .problem(
                .badRequest, "invalid_request_error",
                "body: expected a JSON object {\"model\": text, \"messages\": [{\"role\", \"content\"}]}")
        }
        let behaviour = agent.behaviour
        let completion = Completion(
            id: Identifier.make("chatcmpl-"),
            created: Identifier.seconds,
            model: question.model ?? "openclaw",
            words: Speech.words(question.lastText, by: agent, count: behaviour.tokens),
            promptWords: question.promptWords)
        guard question.stream == true else { return .json(.ok, completion.whole) }
        let showsUsage = question.streamOptions?.includeUsage == true
        return .message(.events(completion.stream(showsUsage: showsUsage, interval: behaviour.tokenInterval)))
    }
}

/// One completion, as a whole or chunk by chunk.
private struct Completion {
    var id: String
    var created: Int
    var model: String
    var words: [String]
    var promptWords: Int

    var whole: JSON {
        let message: JSON = ["role": "assistant", "content": .string(Speech.whole(words))]
        return head("chat.completion", [["index": .int(0), "message": message, "finish_reason": "stop"]], usage)
    }

    /// The role, the words, the reason for the end, the usage where it was asked for, `[DONE]`.
    func stream(showsUsage: Bool, interval: Span) -> PacedBody {
        let absent: JSON? = showsUsage ? .null : nil
        return PacedBody(count: words.count + (showsUsage ? 4 : 3), interval: interval) { index in
            switch index - 1 - words.count {
            case -1 - words.count: Events.data(chunk(["role": "assistant", "content": ""], .null, absent))
            case ..<0: Events.data(chunk(["content": .string(Speech.piece(words, index - 1))], .null, absent))
            case 0: Events.data(chunk([:], "stop", absent))
            case 1 where showsUsage: Events.data(head("chat.completion.chunk", [], usage))
            default: Events.data("[DONE]")
            }
        }
    }

    private func chunk(_ delta: JSON, _ reason: JSON, _ usage: JSON?) -> JSON {
        head("chat.completion.chunk", [["index": .int(0), "delta": delta, "finish_reason": reason]], usage)
    }

    private func head(_ object: String, _ choices: [JSON], _ usage: JSON?) -> JSON {
        var members: [(String, JSON)] = [
            ("id", .string(id)), ("object", .string(object)), ("created", .int(created)),
            ("model", .string(model)), ("choices", .array(choices)),
        ]
        if let usage { members.append(("usage", usage)) }
        return .object(members)
    }

    private var usage: JSON {
        [
            "prompt_tokens": .int(promptWords),
            "completion_tokens": .int(words.count),
            "total_tokens": .int(promptWords + words.count),
        ]
    }
}
