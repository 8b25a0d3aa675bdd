internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy cache`: what is kept, and how to be rid of it.
struct Cache: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what the cache does and holds; remove entries, or have them fetched.",
        subcommands: [CacheStats.self, CachePurge.self, CacheGet.self, CacheWarm.self],
        defaultSubcommand: CacheStats.self)
}

/// `clawproxy cache stats`, which is what `clawproxy cache` does.
struct CacheStats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show what was asked of the cache since the start, and what its layers hold.",
        discussion: """
            A row is a layer, asked in this order. HIT is the share of its lookups that found something fresh; STALE \
            found something that the agent had to be asked about; ERRORS are lookups that a layer did not answer in \
            time, and which counted as misses.
            """)

    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let payload = try await Control(admin).call("cache.stats").payload
        show(json ? [JSONText.pretty(payload)] : CacheText(payload).lines)
    }
}
