internal import Balancer
internal import Settings

/// Whether the sources of agents tell what they should.
extension Doctor {
    @Sendable static func discovery(_ seen: Examination) -> [Finding] {
        guard !seen.discovery.isEmpty else { return [] }
        let found = seen.discovery.compactMap { source($0, seen) }
        guard found.isEmpty else { return Array(found.prefix(mostRows)) }
        let count = seen.discovery.reduce(0) { $0 + $1.agents }
        let names = Examination.list(seen.discovery.map(\.name))
        return [.ok("discovery", "\(count) agents from \(names)")]
    }

    /// Whether replicas can share what they learn of sessions.
    @Sendable static func redis(_ seen: Examination) -> [Finding] {
        guard let endpoint = seen.settings.loadBalancing.affinity.redis.endpoint else { return [] }
        let what = "redis \(endpoint.spelling)"
        guard let trouble = seen.redisTrouble else { return [.ok(what, "sessions are shared through it")] }
        return [
            .warning(
                what, "of no use: \(trouble); each replica goes by what it knows of sessions, and by their keys' hash",
                remedy: "correct loadBalancing.affinity.redis, or bring it back; requests are served meanwhile")
        ]
    }

    /// Nil where the source is well.
    private static func source(_ facts: SourceFacts, _ seen: Examination) -> Finding? {
        let what = "discovery \(facts.name)"
        if let error = facts.error {
            let since = facts.errorSince.map { " since \(Duration.seconds(max(0, seen.wallMs - $0) / 1000).spelling)" }
            let kept =
                switch facts.agents {
                case 0: "no agents come from it"
                case 1: "the agent known before stays"
                default: "the \(facts.agents) agents known before stay"
                }
            return .error(what, "fails\(since ?? ""), and \(kept): \(error)", remedy: remedy(facts.name, error))
        }
        guard facts.lastSuccess != nil else {
            return .warning(what, "has not answered yet: no agents come from it", remedy: remedy(facts.name, ""))
        }
        guard facts.agents > 0 else {
            let why = facts.note.isEmpty ? "its answer names none" : facts.note
            return .error(what, "finds no agents: \(why)", remedy: remedy(facts.name, ""))
        }
        return nil
    }

    private static func remedy(_ name: String, _ error: String) -> String {
        let value = name.drop { $0 != ":" }.dropFirst()
        if name.hasPrefix("file:") { return "correct \(value): it is read again as soon as it changes" }
        if name.hasPrefix("dns:") {
            let host = value.prefix { $0 != ":" }
            return "ask yourself: dig \(host); is the service up, and agents.resolver right?"
        }
        if error.contains("forbidden") {
            return "apply the Role and RoleBinding of examples/kubernetes; "
                + "kubectl auth can-i watch endpointslices.discovery.k8s.io --as system:serviceaccount:NAMESPACE:NAME"
        }
        return "look yourself: kubectl get endpointslices --show-labels; agents.discovery.k8s says which are taken"
    }
}
