internal import Access
internal import Settings

/// What stands at the door for every request of a generation: nil where nothing is configured, so that a request that
/// concerns none of it pays one look.
final class Edge {
    /// Of `http.access`.
    let access: AccessList?
    let proxyGate: ProxyGate?

    init?(_ settings: HTTPSettings) {
        access = AccessList(settings.access)
        proxyGate = ProxyGate(settings.proxyProtocol)
        if access == nil, proxyGate == nil { return nil }
    }
}
