internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy cache get`.
struct CacheGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show what is kept of an address, or under a name: everything but its body.",
        discussion: "Exit 1 when there is nothing.")

    @Argument(help: "The address, such as http://example.com/v1/models; all its variants are shown.") var url: String?
    @Option(help: "The name of the entry, agent:response:RULE:TENANT:DIGEST.") var key: String?
    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    func validate() throws {
        if (url == nil) == (key == nil) { throw ValidationError("expected an address or --key, and not both") }
    }

    func run() async throws {
        let params: [(String, Node)] = [("url", url), ("key", key)].compactMap { name, text in
            text.map { (name, .string($0)) }
        }
        let payload = try await Control(admin).call("cache.get", params).payload
        let entries = payload.list("entries")
        if json { show([JSONText.pretty(payload)]) } else { show(Array(entries.map(lines).joined(separator: [""]))) }
        if !entries.isEmpty { return }
        complain(
            "nothing is kept of \(url ?? key ?? ""); `clawproxy explain` tells why a request is not answered from it")
        throw ExitCode(1)
    }

    private func lines(_ entry: Node) -> [String] {
        let fresh = entry["freshFor"]?.int ?? 0
        let state =
            entry["softPurged"]?.bool == true
            ? "purged, to be given stale alone"
            : fresh > 0
                ? "fresh for \(LocalTime.span(seconds: fresh))" : "stale since \(LocalTime.span(seconds: -fresh))"
        let (body, all) = (entry["bodyBytes"]?.int ?? 0, entry["bytes"]?.int ?? 0)
        var rows = [
            ["key", entry.text("key")], ["layer", entry.text("layer")], ["url", entry.text("url")],
            ["kind", entry.text("kind")], ["status", entry.text("status")],
            ["age", "\(LocalTime.span(seconds: entry["age"]?.int ?? 0)), \(state)"],
            ["stored", entry["storedMs"]?.int.map { LocalTime.since($0) } ?? ""],
            ["size", "\(CacheText.size(body)) body, \(CacheText.size(all)) in all"],
            ["etag", entry.text("etag")], ["vary", entry.list("vary").map(\.plain).joined(separator: ", ")],
            ["tags", entry.list("tags").map(\.plain).joined(separator: ", ")],
        ]
        rows += entry.list("fields").enumerated().map { [$0 == 0 ? "fields" : "", $1.plain] }
        return Table.lines(rows.filter { !$0[1].isEmpty })
    }
}
