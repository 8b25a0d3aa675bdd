package import Settings

/// One entry of `agents.pools`: who is in the pool and what it does differently from the rest.
package struct PoolSettings: Section {
    package var agents: [Located<String>] = []
    package var tags: [Located<String>] = []
    package var kind: AgentKind?
    package var `protocol`: AgentProtocol?
    package var loadBalancing = Override<LoadBalancingSettings>()
    package var healthCheck = PoolHealthSettings()
    package var retry = Override<RetrySettings>()

    package init() {}

    package static let keys: [Key<PoolSettings>] = [
        .value("agents", \.agents, "ids of its agents"),
        .value("tags", \.tags, "every agent that bears one of these tags is in it too"),
        .value("kind", \.kind, "what its agents are, unless they say it themselves; `openclaw` if nobody does"),
        .value(
            "protocol", \.protocol,
            "what its agents speak, unless they say it themselves: `http1` or `http2`; `http1` if nobody does"),
        .override("loadBalancing", \.loadBalancing, "what this pool does differently from `loadBalancing`"),
        .section("healthCheck", \.healthCheck, "what this pool does differently from `agents.healthCheck`"),
        .override("retry", \.retry, "what this pool does differently from its `loadBalancing.retry`"),
    ]

    /// `loadBalancing` as it is for this pool.
    package func balancing(over base: LoadBalancingSettings) -> LoadBalancingSettings {
        var balancing = loadBalancing.over(base)
        balancing.retry = retry.over(balancing.retry)
        return balancing
    }
}
