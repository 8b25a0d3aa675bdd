internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy agents drain ID`.
struct AgentsDrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Give an agent nothing new; what it has it may finish.",
        discussion: """
            Until `clawproxy agents ready ID`. It outlives changes of the configuration, and ten minutes of the agent's \
            absence; a restart of the proxy forgets it. Each replica of the proxy is told by itself. To take an agent \
            out for good, change the configuration.
            """)

    @Argument(help: "The agent's id, as `clawproxy agents` shows it.") var id: String
    @OptionGroup var admin: AdminOptions

    func run() async throws { try await ByHand(admin).call("agents.drain", id) }
}

/// `clawproxy agents ready ID`, which is `undrain` too.
struct AgentsReady: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ready", abstract: "Put an agent back that was drained by hand; it starts slowly.",
        discussion: "Closes its circuit breaker too, so that one that was set aside serves at once.",
        aliases: ["undrain"])

    @Argument(help: "The agent's id, as `clawproxy agents` shows it.") var id: String
    @OptionGroup var admin: AdminOptions

    func run() async throws { try await ByHand(admin).call("agents.ready", id) }
}

/// `clawproxy agents weight ID N`.
struct AgentsWeight: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weight", abstract: "Give an agent another weight than the configured one.",
        discussion: "0 gives it nothing new. As long as `agents drain` holds, so does this.")

    @Argument(help: "The agent's id, as `clawproxy agents` shows it.") var id: String
    @Argument(help: "Its share beside the others of a pool.") var weight: Int?
    @Flag(help: "The configured weight again.") var reset = false
    @OptionGroup var admin: AdminOptions

    func validate() throws {
        if (weight == nil) != reset { throw ValidationError("expected a weight or --reset, and not both") }
    }

    func run() async throws {
        let value: (String, Node) = weight.map { ("weight", .int($0)) } ?? ("reset", .flag(true))
        try await ByHand(admin).call("agents.weight", id, [value])
    }
}

/// A change of one agent, and what came of it.
private struct ByHand {
    private let control: Control

    init(_ admin: AdminOptions) throws { control = try Control(admin) }

    func call(_ method: String, _ id: String, _ more: [(String, Node)] = []) async throws {
        let payload = try await control.call(method, [("id", .string(id))] + more).payload
        var words = payload["drained"]?.bool == true ? ["drained"] : ["weight \(payload.text("weight"))"]
        if payload["handWeight"]?.int != nil { words.append("configured \(payload.text("configuredWeight"))") }
        words.append("\(payload.text("inFlight")) in flight")
        show(["\(payload.text("id")): \(words.joined(separator: ", "))"])
        for warning in payload.list("warnings") { complain("warning: \(warning.plain)") }
    }
}
