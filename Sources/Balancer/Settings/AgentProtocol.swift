import Settings

/// What is spoken with an agent.
package enum AgentProtocol: String, Variant, Hashable {
    case http1
    /// Over TLS by ALPN (`h2`), else with prior knowledge (RFC 9113 3).
    case http2

    package static var noun: String { "protocol" }

    package static var spellings: [String: AgentProtocol] {
        ["http/1.1": .http1, "h1": .http1, "http/2": .http2, "h2": .http2, "h2c": .http2, "grpc": .http2]
    }
}
