internal import Access
internal import Routing
internal import Settings

/// What stands at the door for every request of a generation: nil where nothing is configured, so that a request that
/// concerns none of it pays one look.
final class Edge {
    /// Of `http.access`.
    let access: AccessList?
    let proxyGate: ProxyGate?
    /// Of `http.cors`: for what no rule fits.
    let cors: CORSPolicy?
    /// There is a rule, at least, for which browsers are told something.
    let knowsBrowsers: Bool
    /// Of `http.securityHeaders`.
    let lines: [UInt8]

    init?(_ settings: GatewaySettings) {
        let http = settings.http
        access = AccessList(http.access)
        proxyGate = ProxyGate(http.proxyProtocol)
        cors = CORSPolicy(http.cors)
        knowsBrowsers =
            cors != nil || settings.routing.rules.contains { $0.cors.over(http.cors).isOn }
        lines = SecurityLines(http.securityHeaders).bytes
        if access == nil, proxyGate == nil, !knowsBrowsers, lines.isEmpty { return nil }
    }
}

/// The same of one rule, or of a page of the proxy itself.
final class PlanEdge {
    let access: AccessList?
    let cors: CORSPolicy?
    /// Protection of browsers: what every answer gets.
    let lines: [UInt8]
    /// Names in lower case of fields that are said here, and by no agent.
    let spoken: [[UInt8]]

    init?(_ rule: Rule, _ settings: HTTPSettings) {
        access = AccessList(rule.access)
        cors = CORSPolicy(rule.cors.over(settings.cors))
        // what a rule sets or takes away itself is as it says
        let security = SecurityLines(settings.securityHeaders, but: rule.responseHeaders.dropped)
        lines = security.bytes
        spoken = security.names + (cors == nil ? [] : CORSPolicy.spoken)
        if access == nil, cors == nil, lines.isEmpty { return nil }
    }

    /// Of a page.
    init?(_ settings: HTTPSettings) {
        access = nil
        cors = nil
        lines = SecurityLines(settings.securityHeaders).bytes
        spoken = []
        if lines.isEmpty { return nil }
    }
}

/// The fields of `http.securityHeaders` as lines of a head.
struct SecurityLines {
    var bytes: [UInt8] = []
    /// In lower case.
    var names: [[UInt8]] = []

    init(_ settings: SecurityHeaderSettings, but left: [[UInt8]] = []) {
        for (name, value) in settings.fields {
            let lower = Array(name.lowercased().utf8)
            if left.contains(lower) { continue }
            names.append(lower)
            bytes += Array("\(name): \(value)\r\n".utf8)
        }
    }
}
