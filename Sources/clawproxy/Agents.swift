internal import ArgumentParser
internal import Glibc
internal import Proxy
internal import Settings

/// `clawproxy agents`: who serves, and who does not and why; and what operators do to one of them by hand.
struct Agents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the agents of the running proxy as a table; drain, ready and weight them by hand.",
        subcommands: [AgentsList.self, AgentsDrain.self, AgentsReady.self, AgentsWeight.self],
        defaultSubcommand: AgentsList.self)
}

/// `clawproxy agents list`, which is what `clawproxy agents` does: the table, from the admin listener.
struct AgentsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the agents of the running proxy as a table.",
        discussion: """
            STATE is available, down (its health checks fail), ejected with the seconds it still gets nothing, probing \
            (its breaker lets single requests through), aside (it asked to be left alone), weightless, or drained by \
            hand and since when. IN FLIGHT is requests now, of maxConcurrent where there is a cap. FOUND BY is the \
            source of an agent that is not written in the configuration.
            """)

    @Flag(help: "Show anew every second what the balancer goes by: scores, service times, breakers, reported load.")
    var watch = false
    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let control = try Control(admin)
        let columns = watch ? AgentTable.watched : AgentTable.columns
        repeat {
            let payload = try await control.call("agents").payload
            if watch && !json { print("\u{1b}[H\u{1b}[2J", terminator: "") }
            show(json ? [watch ? payload.json : JSONText.pretty(payload)] : AgentTable.lines(payload, columns))
            fflush(nil)
            if watch { try await Task.sleep(for: .seconds(1)) }
        } while watch
    }
}

/// The agents as columns. To add one: a line in the list.
struct AgentTable {
    struct Column: Sendable {
        var heading: String
        var text: @Sendable (Node) -> String
        /// Left out where it has nothing to say of anybody.
        var isOptional = false
    }

    static let columns = [
        Column(heading: "AGENT") { $0.text("id") },
        Column(heading: "STATE", text: state),
        Column(heading: "HEALTH") { $0.text("health") },
        Column(heading: "IN FLIGHT", text: flight),
        Column(heading: "SERVED") { $0.text("served") },
        Column(heading: "FAILED") { $0.text("failed") },
        Column(heading: "WEIGHT", text: weight),
        Column(heading: "TAGS") { $0.list("tags").map(\.plain).joined(separator: ",") },
        Column(heading: "ZONE", text: { $0.text("zone") }, isOptional: true),
        Column(heading: "FOUND BY", text: { $0.text("source") }, isOptional: true),
        Column(heading: "ENDPOINT") { $0.text("endpoint") },
    ]

    static func lines(_ payload: Node, _ columns: [Column] = columns) -> [String] {
        let isDraining = payload["draining"]?.bool == true
        let agents = payload.list("agents")
        let shown = columns.filter { column in
            !column.isOptional || agents.contains { !column.text($0).isEmpty }
        }
        let rows = agents.map { agent in shown.map { $0.text(agent) } }
        return ["generation \(payload.text("generation"))\(isDraining ? ", draining" : "")"]
            + Table.lines(shown.map(\.heading), rows)
    }

    @Sendable static func state(_ agent: Node) -> String {
        if let since = agent["drainedSinceMs"]?.int { return "drained by hand since \(LocalTime.minute(since))" }
        let seconds = agent["ejectedSeconds"]?.int ?? 0
        return seconds > 0 ? "\(agent.text("state")) \(seconds)s" : agent.text("state")
    }

    /// `30 (by hand, not 100)`.
    @Sendable private static func weight(_ agent: Node) -> String {
        guard let hand = agent["handWeight"]?.int else { return agent.text("weight") }
        let since = agent["handWeightSinceMs"]?.int.map { " since \(LocalTime.minute($0))" } ?? ""
        return "\(hand) by hand\(since), not \(agent.text("weight"))"
    }

    @Sendable static func flight(_ agent: Node) -> String {
        let cap = agent["cap"]?.int ?? 0
        return cap > 0 ? "\(agent.text("inFlight"))/\(cap)" : agent.text("inFlight")
    }
}
