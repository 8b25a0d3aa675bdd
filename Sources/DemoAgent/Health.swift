import NIOCore
import NIOHTTP1

/// The health pages: `/health` and `/healthz` say whether the agent lives, `/startupz` whether new work may come,
/// `/metrics` how busy it is.
enum Health {
    static func live(_ agent: Agent) -> Answer {
        let isHealthy = agent.behaviour.healthy
        let load = LoadFigures(agent)
        return exempt(
            isHealthy ? .ok : .serviceUnavailable,
            [
                "status": isHealthy ? "ok" : "unhealthy",
                "agent": .string(agent.id),
                "cpu": .number(load.cpu),
                "memory": .number(load.memory),
                "queue_depth": .int(load.queueDepth),
            ])
    }

    static func admission(_ agent: Agent) -> Answer {
        let behaviour = agent.behaviour
        if behaviour.isStarting(.now()) { return exempt(.serviceUnavailable, ["status": "starting"]) }
        if behaviour.draining || behaviour.drain != nil { return exempt(.serviceUnavailable, ["status": "draining"]) }
        return exempt(.ok, ["status": "started"])
    }

    static func metrics(_ agent: Agent) -> Answer {
        let page = ByteBuffer(string: LoadFigures(agent).exposition)
        let type = ("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        return .message(
            Message(headers: [type], framing: .length(page.readableBytes), body: WholeBody(page), isExempt: true))
    }

    private static func exempt(_ status: HTTPResponseStatus, _ value: JSON) -> Answer {
        var message = Message.json(status, value)
        message.isExempt = true
        return .message(message)
    }
}
