internal import Balancer
internal import Glibc
internal import Settings

/// The pods behind services of Kubernetes, by listing and watching their endpoint slices.
///
/// It lists once, watches from the version of the list, and goes on from the last version it has seen whenever a watch
/// ends. Only a version that is too old (410) makes it list again. It needs `get`, `list` and `watch` on
/// `endpointslices` of `discovery.k8s.io`, in the one namespace.
struct KubernetesSource: DiscoverySource {
    /// Seconds after which the API server ends a watch; a little different for each, so that they do not come back
    /// together.
    static let watchSeconds = 240...360
    /// Slices of one page.
    static let pageSize = 500
    /// A watch that ends sooner is not begun again at once.
    static let shortest = Duration.seconds(1)

    let settings: DiscoveryK8sSettings
    let place: KubernetesPlace
    let calls: any KubernetesCalls
    var namespaceFile = "\(DiscoveryK8sSettings.account)/namespace"

    func run(_ tell: @Sendable (SourceReport) async -> Void) async {
        var store = EndpointSliceStore(port: settings.port)
        var backoff = Backoff()
        while !Task.isCancelled {
            do throws(KubernetesFailure) {
                let path = try path()
                if store.version == nil {
                    try await list(&store, path)
                    await tell(store.report)
                }
                try await watch(&store, path, &backoff, tell)
            } catch {
                guard !Task.isCancelled else { return }
                if error == .gone { store.expire() } else { await tell(.failed(error.text(place))) }
                // a version that is too old is no failure, unless it happens again and again
                if error != .gone || backoff.failures > 0 {
                    try? await Task.sleep(for: backoff.next())
                } else {
                    _ = backoff.next()
                }
            }
        }
    }

    // MARK: list and watch

    private func list(_ store: inout EndpointSliceStore, _ path: Path) async throws(KubernetesFailure) {
        var slices: [EndpointSlice] = []
        var next: String?
        repeat {
            var query = "limit=\(Self.pageSize)"
            if let next { query += "&continue=\(KubernetesText.escaped(next))" }
            let answer = try await calls.get(path.text + query, token: try token())
            guard answer.status == 200 else {
                throw KubernetesFailure(
                    verb: "list", namespace: path.namespace, status: answer.status, body: answer.body)
            }
            let page = try SliceList(body: answer.body)
            slices += page.slices
            next = page.next
            if next == nil { store.replace(slices, version: page.version) }
        } while next != nil
    }

    /// Until the watch ends. One that breaks off after it had begun is no failure: the next one tells.
    private func watch(
        _ store: inout EndpointSliceStore, _ path: Path, _ backoff: inout Backoff,
        _ tell: @Sendable (SourceReport) async -> Void
    ) async throws(KubernetesFailure) {
        let clock = ContinuousClock()
        let began = clock.now
        let seconds = Int.random(in: Self.watchSeconds)
        let query =
            "watch=1&allowWatchBookmarks=true&timeoutSeconds=\(seconds)"
            + "&resourceVersion=\(KubernetesText.escaped(store.version ?? ""))"
        let stream = try await calls.stream(
            path.text + query, token: try token(), limit: .seconds(seconds + 30))
        guard stream.status == 200 else {
            throw KubernetesFailure(
                verb: "watch", namespace: path.namespace, status: stream.status, body: await Self.beginning(of: stream))
        }
        await tell(store.report)
        var lines = LineSplitter()
        var isBroken = false
        do {
            for try await piece in stream.pieces {
                for line in try lines.take(piece) {
                    switch store.apply(try SliceEvent(line: line)) {
                    case .goesOn: backoff.reset()
                    case .relist: throw KubernetesFailure.gone
                    case .failed(let code, let message):
                        throw KubernetesFailure.refused(
                            verb: "watch", namespace: path.namespace, status: code, said: Quoted.oneLine(message))
                    }
                }
                await tell(store.report)
            }
        } catch let failure as KubernetesFailure where !failure.isOfConnection {
            throw failure
        } catch {
            isBroken = true
        }
        let isShort = clock.now - began < Self.shortest
        if !isShort { backoff.reset() }
        if isBroken || isShort { try? await Task.sleep(for: backoff.next()) }
    }

    /// What a refusal says.
    private static func beginning(of stream: KubernetesStream) async -> [UInt8] {
        var body: [UInt8] = []
        do {
            for try await piece in stream.pieces {
                body += piece
                if body.count > 64 * 1024 { break }
            }
        } catch {
            // what came so far says enough
        }
        return body
    }

    // MARK: questions

    /// A path up to its `?`, with the selector.
    private struct Path {
        var namespace: String
        var text: String
    }

    private func path() throws(KubernetesFailure) -> Path {
        let namespace = try namespace()
        var text = "/apis/discovery.k8s.io/v1/namespaces/\(KubernetesText.escaped(namespace))/endpointslices?"
        let labels = [settings.service.map { "kubernetes.io/service-name=\($0)" }, settings.selector].compactMap { $0 }
        text += "labelSelector=\(KubernetesText.escaped(labels.joined(separator: ",")))&"
        return Path(namespace: namespace, text: text)
    }

    private func namespace() throws(KubernetesFailure) -> String {
        if let namespace = settings.namespace { return namespace }
        guard let text = Self.text(of: namespaceFile) else {
            throw .local(
                "no namespace: \(namespaceFile) is not there, so this is no pod with a service account; "
                    + "set agents.discovery.k8s.namespace")
        }
        return text
    }

    /// Read at every request: tokens are replaced long before they expire. Without TLS, as behind `kubectl proxy`, there
    /// need not be one.
    private func token() throws(KubernetesFailure) -> String? {
        if let token = Self.text(of: settings.tokenFile) { return token }
        if settings.server?.isTLS == false { return nil }
        throw .local(
            "\(settings.tokenFile): no token there; expected that of a service account: mount it "
                + "(automountServiceAccountToken), or set agents.discovery.k8s.tokenFile")
    }

    /// The text of a small file on one line; nil where there is none, or it cannot be read.
    private static func text(of path: String) -> String? {
        guard case .bytes(let bytes) = FileReading.read(path) else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split { $0 == "\n" || $0 == "\r" || $0 == " " }
        return words.first.map(String.init)
    }
}

extension EndpointSliceStore {
    fileprivate var report: SourceReport {
        let standing = standing
        return .found(standing.agents, note: standing.note)
    }
}

extension KubernetesFailure {
    /// A stream that broke off, as they all do some day.
    fileprivate var isOfConnection: Bool {
        if case .unreachable = self { true } else { false }
    }
}
