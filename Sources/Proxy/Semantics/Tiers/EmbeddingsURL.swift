internal import Balancer
internal import Settings

/// Where an embeddings endpoint is: `http://host:port/path`, `https://host/path`, or `unix:/run/embedder.sock`;
/// without a path, `/v1/embeddings`.
struct EmbeddingsURL: Sendable, Equatable {
    static let usualTarget = "/v1/embeddings"

    let endpoint: Endpoint
    /// Path and query.
    let target: String

    /// Throws what is wrong with it.
    init(_ text: String) throws(EmbeddingsFault) {
        var server = text
        var target = ""
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            let slash = text.dropFirst(scheme.count).firstIndex(of: "/") ?? text.endIndex
            server = String(text[..<slash])
            target = String(text[slash...].prefix { $0 != "#" })
        }
        var reading = Reading()
        guard let endpoint = Endpoint.read(Node(.string(server), at: .builtIn), &reading) else {
            throw EmbeddingsFault(reading.problems.first?.message ?? "no URL")
        }
        guard target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw EmbeddingsFault("expected a path without blanks and other characters than ASCII; write them as %20")
        }
        self.endpoint = endpoint
        self.target = target.isEmpty || target == "/" ? Self.usualTarget : target
    }

    /// Asked anew for every connection's sake: certificates may have changed.
    func destination(
        _ context: (TLSClientOptions) throws(TLSFailure) -> TLSClientContext, _ options: TLSClientOptions
    ) throws(TLSFailure) -> HTTPDestination {
        switch endpoint.address {
        case .unix(let path): return HTTPDestination(.unix(path: path), authority: endpoint.authority)
        case .tcp(let host, let port):
            let tls = endpoint.isTLS ? HTTPDestination.TLS(try context(options), name: TLSPeerName(host)) : nil
            return HTTPDestination(.host(host, port: port), tls: tls, authority: endpoint.authority)
        }
    }
}
