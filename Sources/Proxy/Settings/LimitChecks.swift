internal import Access
internal import Routing
internal import Settings

/// Limits that replicas share need somewhere to be counted: `run` refuses those that have nowhere, as each replica would
/// admit the whole of them.
enum LimitChecks {
    static func check(_ settings: GatewaySettings, _ node: Node, _ reading: inout Reading) {
        guard LimitBook.redis(settings).endpoint == nil else { return }
        let hint = "shared: true, but no Redis is named; set rateLimiting.redis.endpoint, for example to redis://10.0.2.10:6379"
        if settings.http.rateLimit?.shared == true, settings.http.rateLimit?.limit != nil {
            reading.under("http") { $0.under("rateLimit") { $0.unready(place(node, "http", "rateLimit"), hint) } }
        }
        for (index, rule) in settings.routing.rules.enumerated() where rule.rateLimit?.shared == true {
            let position = node["routing"]?["rules"]?.elements.flatMap { index < $0.count ? $0[index] : nil }?.position
            reading.under("routing") {
                $0.under("rules") { $0.under("[\(index)]") { $0.under("rateLimit") { $0.unready(position ?? node.position, hint) } } }
            }
        }
        if settings.rateLimiting.shared, settings.rateLimiting.isInForce {
            reading.under("rateLimiting") { $0.unready(node["rateLimiting"]?.position ?? node.position, hint) }
        }
    }

    private static func place(_ node: Node, _ names: String...) -> Position {
        names.reduce(node as Node?) { $0?[$1] }?.position ?? node.position
    }
}
