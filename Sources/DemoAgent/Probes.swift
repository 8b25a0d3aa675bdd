import NIOCore
import NIOHTTP1

/// Answers made for tests: what was received; bodies of any length and framing; slow, broken and refused ones.
enum Probes {
    /// What arrived here. Every path that nothing else claims is answered so: routes can be tried with any path.
    static func echo(_ request: Request, _ agent: Agent) -> Answer {
        let fields = request.head.headers.map { JSON.array([.string($0.name), .string($0.value)]) }
        return .json(
            .ok,
            [
                "agent": .string(agent.id),
                "method": .string(request.head.method.rawValue),
                "path": .string(request.path),
                "target": .string(request.head.uri),
                "version": .string("HTTP/\(request.head.version.major).\(request.head.version.minor)"),
                "headers": joined(request.head.headers),
                "rawHeaders": .array(fields),
                "bodyLength": .int(request.bodyLength),
                "adler32": .int(Int(request.checksum.value)),
            ])
    }

    /// Names in lower case, values of one name joined by commas, in the order of their first.
    private static func joined(_ headers: HTTPHeaders) -> JSON {
        var names: [String] = []
        for field in headers where !names.contains(field.name.lowercased()) {
            names.append(field.name.lowercased())
        }
        return .object(names.map { ($0, .string(headers[$0].joined(separator: ", "))) })
    }

    /// `/bytes/N`, and how its end is told: by length, `?chunked`, or `?close`.
    static func bytes(_ request: Request, _ agent: Agent, _ text: Substring?) -> Answer {
        guard let count = text.map({ Int($0) }) ?? agent.behaviour.bodyBytes, count >= 0 else {
            return .problem(.badRequest, "invalid_request_error", "/bytes/N: expected a number of bytes")
        }
        let framing: Message.Framing =
            request.query.has("close") ? .untilClose : request.query.has("chunked") ? .chunked : .length(count)
        return .message(
            Message(
                headers: [("Content-Type", "application/octet-stream")],
                framing: framing,
                body: PatternBody(count)))
    }

    /// `/slow/MS`: the echo, MS milliseconds late.
    static func slow(_ request: Request, _ agent: Agent, _ text: Substring) -> Answer {
        guard let milliseconds = UInt32(text), case .message(var message) = echo(request, agent) else {
            return .problem(.badRequest, "invalid_request_error", "/slow/MS: expected a number of milliseconds")
        }
        message.wait = Span(milliseconds: Int64(milliseconds))
        return .message(message)
    }

    static func status(_ text: Substring) -> Answer {
        guard let code = Int(text), (200...599).contains(code) else {
            return .problem(.badRequest, "invalid_request_error", "/status/CODE: expected 200 to 599")
        }
        return .json(HTTPResponseStatus(statusCode: code, reasonPhrase: "Status"), ["status": .int(code)])
    }

    /// `/sse?events=N&interval=MS`: N numbered events, each with the time at which it was made.
    static func events(_ request: Request) -> Answer {
        let count = request.query.count("events") ?? 10
        let interval = Span(milliseconds: Int64(min(request.query.count("interval") ?? 10, 3_600_000)))
        return .message(
            .events(
                PacedBody(count: count, interval: interval) { index in
                    Events.data(["n": .int(index), "sent_ns": .int(Identifier.monotonicNanoseconds)])
                }))
    }

    static func malformed() -> Answer {
        let text = "neither length nor chunks"
        return .message(
            Message(
                headers: [("Content-Type", "text/plain"), ("Content-Length", "\(text.utf8.count)")],
                framing: .malformed,
                body: WholeBody(ByteBuffer(string: text))))
    }

    /// What OpenClaw says to forwarding headers of a proxy that its configuration does not list.
    static func attribution() -> Answer {
        .problem(
            .forbidden, "proxy_attribution_required",
            "forwarded headers came from an address that gateway.trustedProxies does not list")
    }
}
