package import Settings

/// Where an agent serves. Written `http://host:port`, `https://host:port` or `unix:/path`.
package struct Endpoint: SettingValue, Hashable {
    package enum Address: Sendable, Hashable {
        /// A name or an address without brackets, and a port.
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    package var address: Address
    package var isTLS: Bool

    package init(_ address: Address, isTLS: Bool = false) {
        self.address = address
        self.isTLS = isTLS
    }

    /// Nowhere: what stands in a section until its required key is read.
    package init() { self.init(.unix(path: "")) }

    package static var shape: Shape {
        .text(
            "endpoint", expected: "an endpoint such as http://10.0.0.1:9090 or unix:/run/agent.sock",
            example: "http://10.0.0.1:9090")
    }

    /// As it is written in a configuration, a default port left out.
    package var spelling: String {
        switch address {
        case .tcp: "\(isTLS ? "https" : "http")://\(authority)"
        case .unix(let path): "unix:\(path)"
        }
    }

    package var text: String { spelling.text }

    /// What `Host` says to an agent where the client's request has none.
    package var authority: String {
        guard case .tcp(let host, let port) = address else { return "localhost" }
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> Endpoint? {
        guard let written = node.string else {
            reading.expected(Endpoint.self, node)
            return nil
        }
        switch EndpointText.parse(written) {
        case .success(let endpoint): return endpoint
        case .failure(let wrong):
            reading.error(node.position, wrong.message)
            return nil
        }
    }
}
