package import Settings

extension CacheLayerSettings {
    /// Keys that mean something to some types of layer alone.
    private static let owned: [(key: String, types: [CacheLayerKind])] =
        [
            ("maxSize", [.memory, .disk]), ("maxBytes", [.memory, .disk]), ("policy", [.memory]),
            ("directory", [.disk]),
        ]
        + ["endpoint", "username", "password", "db", "timeout", "connectTimeout", "maxPending", "tls", "sentinel"].map {
            ($0, [.redis])
        }

    package static func check(_ value: CacheLayerSettings, _ node: Node, _ reading: inout Reading) {
        for (key, types) in owned where !types.contains(value.type) {
            guard let given = node[key], !given.isNull else { continue }
            let words = types.map(\.rawValue).joined(separator: " or ")
            reading.under(key) {
                $0.warn(given.position, "has no effect but on a layer of type \(words); leave it out")
            }
        }
        checkSize(value, node, &reading)
        checkPatterns(value, node, &reading)
        switch value.type {
        case .redis where value.redis.endpoint == nil:
            missing("endpoint", "where the Redis is, such as redis://10.0.2.10:6379", node, &reading)
        case .disk where value.directory == nil:
            missing("directory", "a directory such as /var/cache/clawproxy", node, &reading)
        default: break
        }
    }

    private static func checkSize(_ value: CacheLayerSettings, _ node: Node, _ reading: inout Reading) {
        guard case .bytes = value.maxSize, value.maxBytes != nil, let given = node["maxBytes"] else { return }
        reading.under("maxBytes") {
            $0.error(given.position, "stands beside maxSize, which is a size too; leave one of them out")
        }
    }

    /// A pattern that no name can be like.
    private static func checkPatterns(_ value: CacheLayerSettings, _ node: Node, _ reading: inout Reading) {
        let beginning = "agent:response:"
        for pattern in value.keyPattern.values {
            let fixed = pattern.spelling.prefix { $0 != "*" && $0 != "?" }
            if fixed.hasPrefix(beginning) || fixed.count < pattern.spelling.count && beginning.hasPrefix(fixed) {
                continue
            }
            reading.under("keyPattern") {
                $0.warn(
                    node["keyPattern"]?.position ?? node.position,
                    "\(Quoted.quote(pattern.spelling)) takes nothing: names are agent:response:RULE:TENANT:DIGEST")
            }
        }
    }

    private static func missing(_ key: String, _ wanted: String, _ node: Node, _ reading: inout Reading) {
        reading.under(key) { $0.error(node.position, "is missing; expected \(wanted)") }
    }
}
