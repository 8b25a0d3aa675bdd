internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import Proxy
internal import Settings

/// `clawproxy agents`: who serves, and who does not and why, from the running proxy's admin listener.
struct Agents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the agents of the running proxy as a table.")

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "The admin listener, when it is not where the configuration says.") var admin: String?
    @Flag(help: "Show the table anew every second.") var watch = false
    @Flag(help: "Print the JSON as it came.") var json = false

    func run() async throws {
        let address = try target()
        repeat {
            let body = try AdminClient.get(address, "/agents")
            if json {
                print(body)
            } else {
                if watch { print("\u{1b}[H\u{1b}[2J", terminator: "") }
                print(try AgentTable.text(body))
            }
            fflush(nil)
            if watch { try await Task.sleep(for: .seconds(1)) }
        } while watch
    }

    private func target() throws -> ListenAddress {
        guard let admin else { return options.load().root.admin.listen }
        guard let address = ListenAddress(admin) else {
            complain("--admin \(admin): expected HOST:PORT or unix:/path")
            throw ExitCode(1)
        }
        return address
    }
}

/// The agents as columns.
enum AgentTable {
    private struct Page: Decodable {
        let generation: Int
        let draining: Bool
        let agents: [Row]
    }

    private struct Row: Decodable {
        let id, endpoint, state, health: String
        let weight, inFlight, cap, served, failed, ejections, ejectedSeconds: Int
        let tags: [String]
    }

    static func text(_ json: String) throws -> String {
        let page = try JSONDecoder().decode(Page.self, from: Data(json.utf8))
        var rows = [["AGENT", "STATE", "HEALTH", "IN FLIGHT", "SERVED", "FAILED", "WEIGHT", "TAGS", "ENDPOINT"]]
        for row in page.agents {
            let state = row.ejectedSeconds > 0 ? "\(row.state) \(row.ejectedSeconds)s" : row.state
            let flight = row.cap > 0 ? "\(row.inFlight)/\(row.cap)" : "\(row.inFlight)"
            rows.append([
                row.id, state, row.health, flight, "\(row.served)", "\(row.failed)", "\(row.weight)",
                row.tags.joined(separator: ","), row.endpoint,
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        }
        return "generation \(page.generation)\(page.draining ? ", draining" : "")\n" + lines.joined(separator: "\n")
    }
}
