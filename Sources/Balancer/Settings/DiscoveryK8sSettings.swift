package import Settings

/// A port of a service: its number, or its name.
package enum PortName: SettingValue, Hashable {
    case number(Int)
    case name(String)

    package static var shape: Shape {
        .either(
            [Int.shape, String.shape], words: "port", expected: "a port such as 18789, or its name such as \"http\"",
            example: "18789")
    }

    package var text: String {
        switch self {
        case .number(let number): number.text
        case .name(let name): name.text
        }
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> PortName? {
        switch node.value {
        case .number:
            guard let number = Int.read(node, &reading) else { return nil }
            if let wrong = Check.port(number) {
                reading.error(node.position, wrong)
                return nil
            }
            return .number(number)
        case .string(let text) where !text.isEmpty:
            // variables of the environment are text
            if let number = Int(text), Check.port(number) == nil { return .number(number) }
            return .name(text)
        default:
            reading.expected(PortName.self, node)
            return nil
        }
    }
}

/// One entry of `agents.discovery.k8s`: services whose endpoints are agents.
package struct DiscoveryK8sSettings: DiscoveryByAddress {
    /// Where a pod finds its service account.
    package static let account = "/var/run/secrets/kubernetes.io/serviceaccount"

    package var namespace: String?
    package var service: String?
    package var selector: String?
    package var port: PortName?
    package var server: Endpoint?
    package var caFile = "\(account)/ca.crt"
    package var tokenFile = "\(account)/token"
    package var template = DiscoveryTemplate()

    package init() {}

    package static let keys: [Key<DiscoveryK8sSettings>] =
        [
            .value("namespace", \.namespace, "the namespace of the services; without it that of the service account"),
            .value("service", \.service, "the name of a service; the pods behind it are the agents"),
            .value(
                "selector", \.selector,
                "labels of services, such as `app=gateway`: Kubernetes copies them to their endpoint slices",
                aliases: ["labelSelector"]),
            .value("port", \.port, "number or name; without it the only one that the service has"),
            .value(
                "server", \.server,
                "the API server; without it the one that `KUBERNETES_SERVICE_HOST` and `_PORT` name"),
            .value(
                "caFile", \.caFile, "certificates that the API server's is checked against",
                check: Check.absolutePath),
            .value(
                "tokenFile", \.tokenFile, "the service account's token; read again for every request",
                check: Check.absolutePath),
        ] + templateKeys

    package static func check(_ value: DiscoveryK8sSettings, _ node: Node, _ reading: inout Reading) {
        if value.service == nil, value.selector == nil {
            reading.error(
                node.position,
                "expected service or selector: without them every service of the namespace would be an agent")
        }
        for (key, text) in [("namespace", value.namespace), ("service", value.service)] {
            guard let text, !isLabel(text) else { continue }
            reading.under(key) {
                $0.error(
                    node[key]?.position ?? node.position,
                    "expected a name of lower-case letters, digits and '-', found \(Quoted.quote(text))")
            }
        }
    }

    /// RFC 1123, as Kubernetes has it for names.
    private static func isLabel(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D }
    }
}
