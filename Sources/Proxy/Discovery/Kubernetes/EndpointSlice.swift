internal import Settings

/// What discovery reads of an EndpointSlice (`discovery.k8s.io/v1`): a part of the endpoints of a service, all of one
/// family of addresses.
struct EndpointSlice: Sendable, Equatable {
    struct Endpoint: Sendable, Equatable {
        /// The first of its addresses; further ones have no meaning of their own.
        var address: String
        /// What is not said is true (the API's words for `ready`), and `serving` is as `ready`.
        var isReady = true
        var isServing = true
        var isTerminating = false
        var zone: String?
        var pod: String?
    }

    struct Port: Sendable, Equatable {
        var name: String
        var number: Int?
        var isTCP: Bool
    }

    var name: String
    var version: String?
    var service: String?
    var isIPv6: Bool
    var endpoints: [Endpoint]
    var ports: [Port]

    /// The object of an answer; nil where it is none. Slices of host names (`FQDN`, given up by Kubernetes) have no
    /// endpoints here.
    init?(_ node: Node) {
        guard let metadata = node["metadata"], let name = metadata["name"]?.string else { return nil }
        self.name = name
        version = metadata["resourceVersion"]?.string
        service = metadata["labels"]?["kubernetes.io/service-name"]?.string
        let family = node["addressType"]?.string ?? "IPv4"
        isIPv6 = family == "IPv6"
        let listed = family == "FQDN" ? [] : node["endpoints"]?.elements ?? []
        endpoints = listed.compactMap { Endpoint($0) }
        ports = (node["ports"]?.elements ?? []).map { port in
            Port(
                name: port["name"]?.string ?? "",
                number: port["port"]?.int.flatMap { (1...65_535).contains($0) ? $0 : nil },
                isTCP: (port["protocol"]?.string ?? "TCP") == "TCP")
        }
    }
}

extension EndpointSlice.Endpoint {
    init?(_ node: Node) {
        guard let address = node["addresses"]?.elements?.first?.string, IPText.bytes(address) != nil else { return nil }
        self.address = address
        let conditions = node["conditions"]
        isReady = conditions?["ready"]?.bool ?? true
        isServing = conditions?["serving"]?.bool ?? isReady
        isTerminating = conditions?["terminating"]?.bool ?? false
        zone = node["zone"]?.string
        if node["targetRef"]?["kind"]?.string == "Pod" { pod = node["targetRef"]?["name"]?.string }
    }
}
