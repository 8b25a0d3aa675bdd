internal import ArgumentParser
internal import Glibc
internal import Proxy
internal import Settings

/// `clawproxy agents`: who serves, and who does not and why, from the running proxy's admin listener.
struct Agents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the agents of the running proxy as a table.",
        discussion: """
            STATE is available, down (its health checks fail), ejected with the seconds it still gets nothing, or \
            drained. IN FLIGHT is requests now, of maxConcurrent where there is a cap.
            """)

    @Flag(help: "Show the table anew every second.") var watch = false
    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let control = try Control(admin)
        repeat {
            let payload = try await control.call("agents").payload
            if watch && !json { print("\u{1b}[H\u{1b}[2J", terminator: "") }
            show(json ? [watch ? payload.json : JSONText.pretty(payload)] : AgentTable.lines(payload))
            fflush(nil)
            if watch { try await Task.sleep(for: .seconds(1)) }
        } while watch
    }
}

/// The agents as columns.
enum AgentTable {
    private static let headings = [
        "AGENT", "STATE", "HEALTH", "IN FLIGHT", "SERVED", "FAILED", "WEIGHT", "TAGS", "ENDPOINT",
    ]

    static func lines(_ payload: Node) -> [String] {
        let isDraining = payload["draining"]?.bool == true
        let rows = payload.list("agents").map { agent in
            [
                agent.text("id"), state(agent), agent.text("health"), flight(agent), agent.text("served"),
                agent.text("failed"), agent.text("weight"), agent.list("tags").map(\.plain).joined(separator: ","),
                agent.text("endpoint"),
            ]
        }
        return ["generation \(payload.text("generation"))\(isDraining ? ", draining" : "")"]
            + Table.lines(headings, rows)
    }

    private static func state(_ agent: Node) -> String {
        let seconds = agent["ejectedSeconds"]?.int ?? 0
        return seconds > 0 ? "\(agent.text("state")) \(seconds)s" : agent.text("state")
    }

    private static func flight(_ agent: Node) -> String {
        let cap = agent["cap"]?.int ?? 0
        return cap > 0 ? "\(agent.text("inFlight"))/\(cap)" : agent.text("inFlight")
    }
}
