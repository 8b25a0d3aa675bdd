internal import Balancer
internal import Glibc
internal import Settings

/// What sources ask with, and which sources a configuration asks for: the list of the methods.
struct DiscoveryTools: Sendable {
    var names: any NameLookup
    /// An API server, by its place and the file of certificates that its own is checked against.
    var kubernetes: @Sendable (Endpoint, _ caFile: String) -> any KubernetesCalls
    var environment: [String: String]

    func plans(_ settings: DiscoverySettings) -> [SourcePlan] {
        settings.names.map(name) + settings.files.map(file) + settings.clusters.map(cluster)
    }

    private func name(_ settings: DiscoveryDNSSettings) -> SourcePlan {
        let port = settings.type == .srv ? "" : ":\(settings.port ?? 0)"
        let name = "dns:\(settings.name)\(port)"
        return SourcePlan(
            key: "\(name) \(settings.type.rawValue) \(settings.minTTL.nanoseconds) \(settings.maxTTL.nanoseconds)",
            name: name, template: settings.template, make: { NameSource(settings: settings, lookup: names) })
    }

    private func file(_ settings: DiscoveryFileSettings) -> SourcePlan {
        let name = "file:\(settings.path)"
        return SourcePlan(key: name, name: name, make: { FileSource(path: settings.path) })
    }

    private func cluster(_ settings: DiscoveryK8sSettings) -> SourcePlan {
        let what = [settings.service, settings.selector].compactMap { $0 }.joined(separator: ",")
        let port = settings.port.map { ":" + ($0.text.filter { $0 != "\"" }) } ?? ""
        let name = "k8s:\(settings.namespace.map { "\($0)/" } ?? "")\(what)\(port)"
        let server = settings.server ?? apiServer
        let place = KubernetesPlace(server: server.spelling, tokenFile: settings.tokenFile)
        return SourcePlan(
            key: "\(name) \(server.spelling) \(settings.caFile) \(settings.tokenFile)", name: name,
            template: settings.template,
            make: {
                KubernetesSource(settings: settings, place: place, calls: kubernetes(server, settings.caFile))
            })
    }

    /// As a pod finds it; the name works where there is a cluster's DNS.
    private var apiServer: Endpoint {
        let host = environment["KUBERNETES_SERVICE_HOST"].flatMap { $0.isEmpty ? nil : $0 }
        let port = environment["KUBERNETES_SERVICE_PORT_HTTPS"] ?? environment["KUBERNETES_SERVICE_PORT"]
        return Endpoint(
            .tcp(host: host ?? "kubernetes.default.svc", port: host == nil ? 443 : port.flatMap { Int($0) } ?? 443),
            isTLS: true)
    }
}

extension DiscoveryTools {
    /// As the running proxy asks.
    static func live(_ resolver: Resolver) -> DiscoveryTools {
        DiscoveryTools(
            names: ResolverLookup(resolver: resolver), kubernetes: { KubernetesClient($0, caFile: $1) },
            environment: surroundings())
    }

    /// The variables that tell a pod where its API server is.
    private static func surroundings() -> [String: String] {
        var found: [String: String] = [:]
        for name in ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "KUBERNETES_SERVICE_PORT_HTTPS"] {
            if let value = getenv(name) { found[name] = String(cString: value) }
        }
        return found
    }
}
