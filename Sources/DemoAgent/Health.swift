import NIOCore
import NIOHTTP1

/// The health pages: `/health` and `/healthz` say whether the agent lives, `/startupz` whether new work may come.
enum Health {
    static func live(_ agent: Agent) -> Answer {
        let behaviour = agent.behaviour
        return exempt(
            behaviour.healthy ? .ok : .serviceUnavailable,
            [
                "status": behaviour.healthy ? "ok" : "unhealthy",
                "agent": .string(agent.id),
                "cpu": .number(behaviour.cpu),
                "memory": .number(behaviour.memory),
                "queue_depth": .int(behaviour.queueDepth),
            ])
    }

    static func admission(_ agent: Agent) -> Answer {
        let behaviour = agent.behaviour
        if behaviour.isStarting(.now()) { return exempt(.serviceUnavailable, ["status": "starting"]) }
        if behaviour.draining { return exempt(.serviceUnavailable, ["status": "draining"]) }
        return exempt(.ok, ["status": "started"])
    }

    private static func exempt(_ status: HTTPResponseStatus, _ value: JSON) -> Answer {
        var message = Message.json(status, value)
        message.isExempt = true
        return .message(message)
    }
}
