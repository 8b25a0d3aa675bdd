internal import Access
internal import Balancer
internal import Settings
internal import Wire

/// Why a request is turned away before an agent has it: the same words for who sent it, and for who asks what would
/// become of it.
extension Failure {
    static func noRule(_ head: RequestHead) -> Failure {
        Failure(
            .notFound, "no rule fits \(head.methodBytes.text) \(head.path.text)",
            hint: "add a rule to routing.rules that fits, or a routing.default")
    }

    static var rulesOutOfMemory: Failure {
        Failure(
            .outOfMemory, "the regular expressions of routing.rules ran out of memory on this path",
            hint: "simplify the regex rules; the log names this request")
    }

    static func rewriteOutOfMemory(_ plan: Plan) -> Failure {
        Failure(
            .outOfMemory, "rewriting the path of rule '\(plan.name)' ran out of memory",
            hint: "simplify its pattern; the log names this request")
    }

    /// - Parameter limit: in bytes.
    static func bodyMemory(_ limit: Int) -> Failure {
        Failure(
            .overloaded,
            "the bodies of requests that wait fill performance.bodyMemory (\(ByteSize(bytes: limit).spelling))",
            hint: "retry after a second; raise the limit, add agents or a replica if this lasts")
    }

    static var slowBody: Failure {
        Failure(
            .requestTimeout, "the body of the request came slower than http.timeouts.read and limits.minRate allow",
            hint: "send the body without pauses")
    }

    static var silentCall: Failure {
        Failure(
            .requestTimeout, "the client of the call said nothing for http.timeouts.streamGap and timeouts.read",
            hint: "set a deadline, which takes their place, or raise timeouts.streamGap on the rule")
    }

    /// An extended CONNECT (RFC 8441) to a protocol that the rule does not follow.
    static func protocolRefused(_ plan: Plan) -> Failure {
        Failure(
            .badRequest, "rule '\(plan.name)' does not follow the protocol that was asked for",
            hint: "name it in the rule's upgrades; websocket is followed by every rule with agents", status: 501)
    }

    static func encodedPath(_ plan: Plan) -> Failure {
        Failure(
            .encodedPath, "the path holds %2F, %5C, %00 or an invalid escape",
            hint: "send it unescaped, or set match.encodedDelimiters: \"keep\" on rule '\(plan.name)'")
    }

    /// The time that running requests had when the proxy stops is over.
    static func stopping(isSent: Bool) -> Failure {
        Failure(
            .draining, "the proxy is stopping, and no answer came within http.timeouts.shutdown",
            hint: isSent
                ? "an agent has the request and may carry it out; repeat it if that is safe"
                : "repeat the request: no agent has had it")
    }

    /// An agent that says nothing: within its answer, or before it.
    static func silence(of agent: String, inBody: Bool) -> Failure {
        inBody
            ? Failure(
                .streamGap, "the agent '\(agent)' was silent for longer than http.timeouts.streamGap",
                hint: "raise timeouts.streamGap on the rule if such pauses are expected")
            : Failure(
                .firstByteTimeout, "the agent '\(agent)' did not answer within http.timeouts.firstByte",
                hint: "raise timeouts.firstByte on the rule if the agent needs longer")
    }

    static func noUpgrade(_ agent: String) -> Failure {
        Failure(
            .badRequest, "the agent '\(agent)' is reached over HTTP/2, which has no upgrades (RFC 9113 8.6)",
            hint: "send WebSockets to agents with protocol: \"http1\"", status: 501)
    }

    static func sessionLost(_ plan: Plan) -> Failure {
        Failure(
            .sessionLost, "the agent of this session is gone, and \(plan.targetNames) has none of its state",
            hint: "begin a new session, or retry when the agent is back; loadBalancing.affinity.onMissing: \"rehash\" "
                + "gives such sessions another agent")
    }

    static func unavailable(_ plan: Plan, _ refusal: Refusal) -> Failure {
        let names = plan.targetNames
        switch refusal {
        case .allBusy:
            return Failure(
                .agentsBusy, "every agent of \(names) is at its maxConcurrent",
                hint: "retry after a second; raise maxConcurrent or add agents if this lasts")
        case .noAgents:
            return Failure(
                .noAgent, "nobody serves \(names)",
                hint: "add an agent of that id, tag or pool under agents.discovery, or correct the target of rule "
                    + "'\(plan.name)'")
        case .allUnavailable, .allTried:
            return Failure(
                .noAgent, "no agent of \(names) is available",
                hint: "`clawproxy agents` shows which are down and why; a rule's fallback serves meanwhile")
        }
    }
}
