internal import Balancer
internal import Logging
internal import Settings

/// What operators do to one agent by hand: `agents.drain`, `agents.ready`, `agents.weight`. No part of the
/// configuration: it outlives reloads, and a restart forgets it.
enum AgentMethods {
    static let names: Set<String> = ["agents.drain", "agents.ready", "agents.weight"]

    /// Answers a method with its payload.
    static func answer(_ method: String, _ params: Node, _ process: ProcessState) throws(ControlFailure) -> Node {
        var reader = try Parameters(params, of: method)
        guard let id = try reader.string("id") else { throw reader.missing("id", "the id of an agent") }
        let fleet = process.generation.fleet
        switch method {
        case "agents.weight":
            let reset = try reader.flag("reset")
            let weight = try reader.count("weight")
            try reader.end()
            let agent = try agent(id, fleet)
            try check(weight, reset: reset, reader)
            process.byHand.setWeight(agent, reset ? nil : weight, wall: Configurator.now())
            let now = weight.map { "\($0)" } ?? "as configured"
            process.log.notice("agent weighted by hand", metadata: ["agent": "\(id)", "weight": "\(now)"])
            return payload(agent, process)
        default:
            try reader.end()
            let agent = try agent(id, fleet)
            let isDrained = method == "agents.drain"
            process.byHand.setDrained(agent, isDrained, now: Loop.monotonic(), wall: Configurator.now())
            process.log.notice(
                isDrained ? "agent drained by hand" : "agent ready by hand", metadata: ["agent": "\(id)"])
            return payload(agent, process)
        }
    }

    private static func agent(_ id: String, _ fleet: Fleet) throws(ControlFailure) -> Agent {
        if let agent = fleet.agent(id) { return agent }
        let ids = fleet.agents.map(\.id)
        let near = Nearest.hint(for: id, among: ids)
        let some = ids.isEmpty ? "; there are no agents" : "; `clawproxy agents` lists them"
        throw .invalid("no agent \(Quoted.quote(id))\(near.isEmpty ? some : near)")
    }

    private static func check(
        _ weight: Int?, reset: Bool, _ reader: Parameters
    ) throws(ControlFailure) {
        if reset {
            if weight != nil { throw .invalid("params of agents.weight: expected weight or reset, found both") }
            return
        }
        guard let weight else { throw reader.missing("weight", "a number, or reset: true") }
        guard AgentSettings.weights.contains(weight) else {
            throw .invalid(
                "params of agents.weight: weight: expected 0 to \(AgentSettings.weights.upperBound), found \(weight)")
        }
    }

    /// The agent as it is now, and which pools have nobody left.
    private static func payload(_ agent: Agent, _ process: ProcessState) -> Node {
        let fleet = process.generation.fleet
        let pools = fleet.poolNames.map { "pool:\($0)" } + fleet.tagNames.map { "tag:\($0)" } + [fleet.all.name]
        let empty = pools.filter { name in
            let members = fleet.pool(listed: name)?.agents ?? []
            return members.contains { $0 === agent } && !members.contains { $0.isEligible }
        }
        let warnings = empty.map { name in
            (name == fleet.all.name ? "all agents: " : "\(name): ") + "nobody in it gets new requests now"
        }
        let setting = process.byHand.setting(of: agent)
        return .object([
            ("id", .string(agent.id)), ("endpoint", .string(agent.endpoint.spelling)),
            ("drained", .flag(agent.state.isDrained)), ("weight", .int(agent.effectiveWeight)),
            ("configuredWeight", .int(agent.weight)), ("handWeight", agent.state.handWeight.map { .int($0) } ?? .null),
            ("drainedSinceMs", setting?.drainedSince.map { .int($0) } ?? .null),
            ("inFlight", .int(agent.state.inFlight)), ("warnings", .strings(warnings)),
        ])
    }

    // MARK: paths

    /// `/agents/ID/drain` as the method it is; a body gives further parameters.
    static func question(path: String, body: [UInt8]) throws(ControlFailure) -> (method: String, params: Node) {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2)
        guard let verb = segments.last, segments.count >= 2, names.contains("agents.\(verb)") else {
            throw ControlFailure(
                .unknownMethod,
                "\(Quoted.quote(path)): expected /agents/ID/drain, /agents/ID/ready or /agents/ID/weight")
        }
        var members: [(String, Node)] = [("id", .string(unescaped(segments.dropLast().joined(separator: "/"))))]
        if !body.isEmpty {
            do throws(SyntaxError) {
                let given = try JSONReader.read(body, source: "body", dialect: .strict)
                guard let more = given.members else { throw SyntaxError(given.position, "expected an object") }
                members += more.filter { $0.name != "id" }.map { ($0.name, $0.node) }
            } catch {
                throw .invalid("the body is not a JSON object: \(error.position.text): \(error.message)")
            }
        }
        return ("agents.\(verb)", .object(members))
    }

    /// Ids hold brackets and colons, which clients may escape.
    private static func unescaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
