internal import Balancer
internal import Synchronization

/// An API server, asked by the proxy's own HTTP client.
final class KubernetesClient: KubernetesCalls {
    /// Until an answer begins; a list may take its time.
    static let patience = Duration.seconds(15)

    /// Certificates as they were when they were read.
    private struct Trust {
        var signature: FileSignature?
        var context: TLSClientContext
    }

    private let server: Endpoint
    private let caFile: String
    private let client = HTTPClient()
    private let trust = Mutex<Trust?>(nil)

    init(_ server: Endpoint, caFile: String) {
        self.server = server
        self.caFile = caFile
    }

    deinit { client.close() }

    func get(_ path: String, token: String?) async throws(KubernetesFailure) -> (status: Int, body: [UInt8]) {
        var request = request(path, token)
        request.mostBytes = 64 << 20
        let destination = try destination()
        do throws(HTTPClientFailure) {
            let answer = try await client.send(request, to: destination, within: Self.patience)
            return (answer.status, answer.body)
        } catch {
            throw .unreachable(error.description)
        }
    }

    func stream(
        _ path: String, token: String?, limit: Duration
    ) async throws(KubernetesFailure) -> KubernetesStream {
        let destination = try destination()
        do throws(HTTPClientFailure) {
            let answer = try await client.stream(
                request(path, token), from: destination, within: Self.patience, idle: limit)
            return KubernetesStream(status: answer.status, pieces: answer.body)
        } catch {
            throw .unreachable(error.description)
        }
    }

    private func request(_ path: String, _ token: String?) -> HTTPRequest {
        var request = HTTPRequest(path)
        request.set("Accept", "application/json")
        request.set("User-Agent", "clawproxy/\(Version.number)")
        if let token { request.set("Authorization", "Bearer \(token)") }
        return request
    }

    private func destination() throws(KubernetesFailure) -> HTTPDestination {
        switch server.address {
        case .unix(let path): return HTTPDestination(.unix(path: path), authority: server.authority)
        case .tcp(let host, let port):
            let tls = server.isTLS ? HTTPDestination.TLS(try context(), name: TLSPeerName(host)) : nil
            return HTTPDestination(.host(host, port: port), tls: tls, authority: server.authority)
        }
    }

    /// Made anew when the file of certificates changes.
    private func context() throws(KubernetesFailure) -> TLSClientContext {
        let signature = FileSignature(path: caFile)
        if let known = trust.withLock({ $0 }), known.signature == signature { return known.context }
        var options = TLSClientOptions()
        options.caFile = caFile
        options.section = "agents.discovery.k8s"
        do throws(TLSFailure) {
            let context = try TLSClientContext(options)
            trust.withLock { $0 = Trust(signature: signature, context: context) }
            return context
        } catch {
            throw .local(error.description)
        }
    }
}
