internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy cache warm`.
struct CacheWarm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warm", abstract: "Have addresses fetched, so that the first to ask finds them kept.",
        discussion: """
            As a client without credentials would, by GET, through the rules. Exit 1 when none could be kept. At every \
            start: cache.warm.urls of the configuration.
            """)

    /// The proxy answers when all of a batch are fetched, and is waited for 30 s: four rounds may take 7 s each.
    private var batch: Int { 4 * (concurrency ?? 4) }

    @Argument(help: "Addresses, such as http://example.com/v1/models.") var urls: [String] = []
    @Option(help: "A file with one address a line, - for standard input; lines that begin with # are passed over.")
    var file: String?
    @Option(help: "How many at a time, 1 to 64; absent: cache.warm.concurrency.") var concurrency: Int?
    @OptionGroup var admin: AdminOptions

    func validate() throws {
        if urls.isEmpty, file == nil { throw ValidationError("expected addresses, or --file") }
        if let concurrency, !(1...64).contains(concurrency) {
            throw ValidationError("--concurrency: expected 1 to 64, found \(concurrency)")
        }
    }

    func run() async throws {
        var left = try addresses[...]
        let control = try Control(admin)
        var (asked, stored) = (0, 0)
        while !left.isEmpty {
            var params: [(String, Node)] = [("urls", .strings(left.prefix(batch)))]
            if let concurrency { params.append(("concurrency", .int(concurrency))) }
            let payload = try await control.call("cache.warm", params).payload
            asked += payload["asked"]?.int ?? 0
            stored += payload["stored"]?.int ?? 0
            for row in payload.list("urls") where row["stored"]?.bool != true {
                complain("\(row.text("url")): \(Self.reason(row))")
            }
            left = left.dropFirst(batch)
        }
        show(["\(stored) of \(ValueText.count(asked, "address")) kept"])
        if stored == 0 { throw ExitCode(1) }
    }

    private static func reason(_ row: Node) -> String {
        let status = row["status"]?.int.map { "status \($0), " } ?? ""
        return "\(status)not kept: \(row.member("reason")?.plain ?? "the answer forbids it")"
    }

    private var addresses: [String] {
        get throws {
            guard let file else { return urls }
            let lines = try InputText.read(file).split { $0 == "\n" || $0 == "\r\n" }
            let words = lines.map { $0.drop { $0 == " " }.prefix { $0 != " " } }
            return urls + words.filter { !$0.isEmpty && !$0.hasPrefix("#") }.map(String.init)
        }
    }
}
