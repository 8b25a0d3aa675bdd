import NIOCore
import NIOHTTP1

/// What a route decides: an answer, or none at all.
enum Answer {
    case message(Message)
    /// The connection closes without a byte.
    case drop

    static func json(_ status: HTTPResponseStatus = .ok, _ value: JSON, _ headers: [(String, String)] = []) -> Answer {
        .message(.json(status, value, headers))
    }

    static func problem(_ status: HTTPResponseStatus, _ type: String, _ message: String) -> Answer {
        .message(.problem(status, type, message))
    }
}

/// An answer before it is sent.
struct Message {
    /// How the end of the body is told.
    enum Framing {
        case length(Int)
        case chunked
        case untilClose
        /// Both length and chunks: no answer that a proxy may pass on (RFC 9112, section 6.3).
        case malformed
    }

    var status: HTTPResponseStatus = .ok
    var headers: [(String, String)]
    var framing: Framing
    var body: any Body
    /// A wait of its own, beside the agent's latency.
    var wait = Span.zero
    /// Health and control: neither delayed nor turned into an error.
    var isExempt = false

    static func json(
        _ status: HTTPResponseStatus = .ok, _ value: JSON, _ headers: [(String, String)] = []
    ) -> Message {
        let buffer = value.buffer
        return Message(
            status: status,
            headers: [("Content-Type", "application/json")] + headers,
            framing: .length(buffer.readableBytes),
            body: WholeBody(buffer))
    }

    static func problem(_ status: HTTPResponseStatus, _ type: String, _ message: String) -> Message {
        .json(status, ["error": ["type": .string(type), "message": .string(message)]])
    }

    /// A stream of server-sent events.
    static func events(_ body: PacedBody) -> Message {
        Message(
            headers: [("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache")],
            framing: .chunked,
            body: body)
    }
}
