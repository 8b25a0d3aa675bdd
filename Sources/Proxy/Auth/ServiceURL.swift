internal import Access
internal import Balancer
internal import Settings

/// Where a service of the operator's is asked: `http://host:port/path`, `https://host/path`, or `unix:/run/auth.sock`.
struct ServiceURL: Sendable, Equatable {
    let endpoint: Endpoint
    /// Path and query.
    let target: String

    /// Throws what is wrong with it.
    init(_ text: String) throws(JWTKeyFault) {
        var server = text
        var target = ""
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            let end = text.dropFirst(scheme.count).firstIndex { "/?#".contains($0) } ?? text.endIndex
            server = String(text[..<end])
            target = String(text[end...].prefix { $0 != "#" })
        }
        var reading = Reading()
        guard let endpoint = Endpoint.read(Node(.string(server), at: .builtIn), &reading) else {
            throw JWTKeyFault(reading.problems.first?.message ?? "no URL")
        }
        guard target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw JWTKeyFault("expected a path without blanks and other characters than ASCII; write them as %20")
        }
        self.endpoint = endpoint
        self.target = target.hasPrefix("/") ? target : "/" + target
    }

    /// Asked anew for every connection's sake: certificates may have changed. Reads files where nobody has yet.
    func destination(_ tls: AgentTLS, _ options: TLSClientOptions) throws(TLSFailure) -> HTTPDestination {
        switch endpoint.address {
        case .unix(let path): return HTTPDestination(.unix(path: path), authority: endpoint.authority)
        case .tcp(let host, let port):
            let secure = endpoint.isTLS ? HTTPDestination.TLS(try tls.context(options), name: TLSPeerName(host)) : nil
            return HTTPDestination(.host(host, port: port), tls: secure, authority: endpoint.authority)
        }
    }
}
