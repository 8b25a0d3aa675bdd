internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy config history`: the versions that are kept.
struct ConfigHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List the last versions of the file: when, by whom, why, and what changed.",
        discussion: "BACK is what `config rollback` takes: so many versions back. The one in force has `now` there.")

    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try await Control(admin).call("config.history", instead: .files)
        show(json ? [JSONText.pretty(answer.payload)] : HistoryTable.lines(answer.payload.list("versions")))
    }
}

/// Versions, newest first.
enum HistoryTable {
    static func lines(_ versions: [Node]) -> [String] {
        if versions.isEmpty { return ["no version is kept yet: the first change begins the history"] }
        let rows = versions.enumerated().map { index, version in
            [
                version.text("number"), version["current"]?.bool == true ? "now" : "\(index)",
                version["timeMs"]?.int.map { LocalTime.moment($0) } ?? "", version.text("by"),
                ValueText.hash(version["hash"]?.string), changed(version), words(version),
            ]
        }
        return Table.lines(["VERSION", "BACK", "WHEN", "BY", "HASH", "CHANGED", "WHY"], rows)
    }

    private static func changed(_ version: Node) -> String {
        let paths = version.list("changedPaths").map { ValueText.key($0.plain) }
        let more = paths.count > 2 ? " and \(paths.count - 2) more" : ""
        return paths.prefix(2).joined(separator: ", ") + more
    }

    private static func words(_ version: Node) -> String {
        ["note", "reason"].compactMap { version.member($0)?.plain }.filter { !$0.isEmpty }.joined(separator: "; ")
    }
}
