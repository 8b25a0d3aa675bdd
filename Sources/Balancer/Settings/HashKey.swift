package import Settings

/// Where in a request the value stands by which it is bound to an agent.
package enum HashKey: Sendable, Hashable {
    case address
    case host
    case path
    case header(String)
    case cookie(String)
    case query(String)
    case body(String)
    /// `previous_response_id` of a body: the agent that gave that response.
    case response
}

extension HashKey: SettingValue {
    package static func read(_ node: Node, _ reading: inout Reading) -> HashKey? {
        guard let text = node.string else {
            reading.expected(HashKey.shape.expected, node)
            return nil
        }
        if let key = HashKey(text) { return key }
        reading.error(
            node.position,
            "expected address, host, path, header:NAME, cookie:NAME, query:NAME, body:KEY or response, found "
                + Quoted.quote(text))
        return nil
    }

    init?(_ text: String) {
        switch text {
        case "address", "ip": self = .address
        case "host": self = .host
        case "path": self = .path
        case "response": self = .response
        default:
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, !parts[1].isEmpty else { return nil }
            switch parts[0] {
            case "header": self = .header(parts[1].lowercased())
            case "cookie": self = .cookie(parts[1])
            case "query": self = .query(parts[1])
            case "body": self = .body(parts[1])
            default: return nil
            }
        }
    }

    package static var shape: Shape {
        .text("key", expected: "a key such as header:x-session-key", example: "header:x-session-key")
    }

    package var text: String { spelling.text }

    package var spelling: String {
        switch self {
        case .address: "address"
        case .host: "host"
        case .path: "path"
        case .header(let name): "header:\(name)"
        case .cookie(let name): "cookie:\(name)"
        case .query(let name): "query:\(name)"
        case .body(let name): "body:\(name)"
        case .response: "response"
        }
    }
}
