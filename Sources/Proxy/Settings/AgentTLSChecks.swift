import Balancer
import Settings

/// The files that TLS towards agents needs must be there, and fit together; and what is asked for must not be more than
/// it seems.
struct AgentTLSChecks {
    /// What is wrong with the files of each way of knowing agents: many agents share one.
    private var seen: [TLSClientOptions: TLSFailure?] = [:]

    static func check(_ settings: GatewaySettings, _ node: Node, _ reading: inout Reading) {
        var checks = AgentTLSChecks()
        reading.under("agents") { reading in
            let shared = settings.agents.tls
            // what agents leave as it is, is told once, here
            let common = checks.problem(shared)
            reading.under("tls") { tell(common, node["agents"]?["tls"], node, &$0) }
            let entries = node["agents"]?["discovery"]?["static"]?.elements ?? []
            for (index, agent) in settings.agents.discovery.static.enumerated() where agent.tls.isGiven {
                let own = entries.indices.contains(index) ? entries[index] : node
                let found = checks.problem(agent.tls.over(shared))
                let path = reading.path
                reading.path += ["discovery", "static", "[\(index)]", "tls"]
                tell(found == common ? nil : found, own["tls"], own, &reading)
                if !agent.endpoint.isTLS {
                    reading.warn(
                        own["tls"]?.position ?? own.position,
                        "has no effect: the endpoint \(agent.endpoint.spelling) is not https://")
                }
                reading.path = path
            }
        }
    }

    private mutating func problem(_ settings: AgentTLSSettings) -> TLSFailure? {
        var options = TLSClientOptions(settings)
        guard !options.files.isEmpty else { return nil }
        // where nobody is verified the CA file is not read, and must be there all the same for who corrects that
        options.verify = true
        if let known = seen[options] { return known }
        let failure: TLSFailure?
        do throws(TLSFailure) {
            _ = try TLSClientContext(options)
            failure = nil
        } catch {
            failure = error
        }
        seen[options] = .some(failure)
        return failure
    }

    private static func tell(
        _ failure: TLSFailure?, _ written: Node?, _ node: Node, _ reading: inout Reading
    ) {
        if let failure {
            let key = failure.key ?? "caFile"
            let position = written?[key]?.position ?? written?.position ?? node.position
            reading.under(key) { $0.unready(position, failure.description) }
        }
        if let given = written?["verify"], given.bool == false {
            reading.under("verify") {
                $0.warn(
                    given.position,
                    "whoever stands between here and the agents may read and change everything; set caFile instead")
            }
        }
    }
}
