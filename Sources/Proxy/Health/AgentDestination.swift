internal import Balancer

extension ProcessState {
    /// Where an agent is asked on the proxy's own behalf. The address that worked last comes first.
    func destination(of agent: Agent) throws(TLSFailure) -> HTTPDestination {
        let endpoint = agent.endpoint
        let known = addresses.addresses(of: endpoint)
        let first = known.isEmpty ? 0 : addresses.preferred(of: endpoint) % known.count
        var destination = HTTPDestination(
            .addresses(Array(known[first...] + known[..<first])), authority: endpoint.authority)
        destination.isHTTP2 = agent.protocol == .http2
        if endpoint.isTLS {
            let settings = agent.tls(generation.settings.agents)
            destination.tls = HTTPDestination.TLS(
                try tls.context(agent.tlsOptions(generation.settings.agents)), name: endpoint.tlsName(settings))
        }
        return destination
    }
}
