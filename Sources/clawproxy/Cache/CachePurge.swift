internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy cache purge`.
struct CachePurge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge", abstract: "Remove what is kept: an address, a tag, entries by name, or everything.",
        discussion: """
            All replicas that share a Redis layer forget it too. Names of entries are \
            agent:response:RULE:TENANT:DIGEST, so --prefix agent:response:chat: is all of the rule `chat`, and \
            --pattern 'agent:response:*:acme:*' all of the tenant `acme`. What comes from the agents afterwards is \
            kept again: to keep no more, set cache.enabled to false, or `cache: off` on the rule.
            """)

    @Argument(help: "The address, such as http://example.com/v1/models; all its variants go, for everybody.")
    var url: String?
    @Option(help: "What bears this tag.") var tag: String?
    @Option(help: "The entry of this name.") var key: String?
    @Option(help: "Entries whose names begin like this.") var prefix: String?
    @Option(help: "Entries whose names are like this; * is any text, ? one letter.") var pattern: String?
    @Flag(help: "Everything.") var all = false
    @Flag(help: "Keep it to be given stale, as far as that is allowed, while it is fetched anew.") var soft = false
    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    private var given: [(String, Node)] {
        let texts = [("url", url), ("tag", tag), ("key", key), ("prefix", prefix), ("pattern", pattern)]
        return texts.compactMap { name, text in text.map { (name, .string($0)) } } + (all ? [("all", .flag(true))] : [])
    }

    func validate() throws {
        if given.count != 1 {
            throw ValidationError("expected one of an address, --tag, --key, --prefix, --pattern and --all")
        }
    }

    func run() async throws {
        let params = given + (soft ? [("soft", .flag(true))] : [])
        let payload = try await Control(admin).call("cache.purge", params).payload
        if json { return show([JSONText.pretty(payload)]) }
        let layers = payload.list("layers").map { row in
            "\(row.text("layer")) \(row.member("removed")?.plain ?? "goes on")"
        }
        let verb = soft ? "made stale" : "removed"
        let replicas = payload["replicas"]?.int.map { ", \(ValueText.count($0, "replica")) told" } ?? ""
        show(["\(verb): \(layers.isEmpty ? "nothing" : layers.joined(separator: ", "))\(replicas)"])
        for warning in payload.list("warnings") { complain("warning: \(warning.plain)") }
    }
}
