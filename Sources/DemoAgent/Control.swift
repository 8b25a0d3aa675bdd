import Foundation
import NIOCore
import NIOHTTP1

/// `/control`: how the agent behaves, read by GET and changed by POST while it runs; `/stats`: what it has done.
enum Control {
    static func stats(_ agent: Agent) -> Answer { exempt(.ok, agent.tally.json(agent.slots.load)) }

    static func answer(_ request: Request, _ agent: Agent) -> Answer {
        guard request.head.method == .POST else { return exempt(.ok, state(agent)) }
        do {
            let change = try JSONDecoder().decode(Change.self, from: Data(request.body.readableBytesView))
            agent.change(change.apply)
            return exempt(.ok, state(agent))
        } catch {
            let message = "body: \(reason(error))"
            return exempt(.badRequest, ["error": ["type": "invalid_request_error", "message": .string(message)]])
        }
    }

    private static func exempt(_ status: HTTPResponseStatus, _ value: JSON) -> Answer {
        var message = Message.json(status, value)
        message.isExempt = true
        return .message(message)
    }

    private static func state(_ agent: Agent) -> JSON {
        let behaviour = agent.behaviour
        return [
            "id": .string(agent.id),
            "latency": .string(behaviour.latency.description),
            "jitter": .string(behaviour.jitter.description),
            "errorRate": .number(behaviour.errorRate),
            "errorStatus": .int(behaviour.errorStatus),
            "tokens": behaviour.tokens.map(JSON.int) ?? .null,
            "tokenInterval": .string(behaviour.tokenInterval.description),
            "cpu": .number(behaviour.cpu),
            "memory": .number(behaviour.memory),
            "queueDepth": .int(behaviour.queueDepth),
            "reportLoad": behaviour.reportLoad.map { .string($0.rawValue) } ?? .bool(false),
            "healthy": .bool(behaviour.healthy),
            "starting": .bool(behaviour.isStarting(.now())),
            "draining": .bool(behaviour.draining),
            "drain": behaviour.drain.map { .string($0.description) } ?? .bool(false),
            "slots": .int(behaviour.work.slots),
            "speed": .number(behaviour.work.speed),
            "speedNow": .number(behaviour.work.speed(at: .now())),
            "serviceTime": .string(behaviour.work.serviceTime.description),
            "spread": .number(behaviour.work.spread),
            "pauseEvery": .string(behaviour.work.pauseEvery.description),
            "pauseFor": .string(behaviour.work.pauseFor.description),
            "tick": .string(behaviour.tick.description),
        ]
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}
