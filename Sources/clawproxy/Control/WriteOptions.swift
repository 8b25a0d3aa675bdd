internal import ArgumentParser
internal import Settings

/// Options of every command that changes the configuration.
struct WriteOptions: ParsableArguments {
    @Flag(help: "Show what would change and what would not, and change nothing.")
    var dryRun = false

    @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
    var note: String?

    @Option(
        help: ArgumentHelp(
            "The hash of the file that the change was made for; another is refused. Absent: the file as it is now.",
            valueName: "hash"))
    var baseHash: String?

    @Option(
        help: ArgumentHelp(
            "Take the change back after this time, such as 60s, unless `clawproxy config confirm` comes first.",
            valueName: "time"))
    var confirm: String?

    @Flag(help: "Change every replica (admin.peers) or none of them.")
    var all = false

    @Flag(help: "Print the answer as it came, as JSON.")
    var json = false

    @OptionGroup var admin: AdminOptions

    /// Milliseconds of `--confirm`.
    func confirmMs() throws -> Int? {
        guard let confirm else { return nil }
        var reading = Reading()
        guard let time = Duration.read(.string(confirm), &reading), time >= .milliseconds(100) else {
            throw ValidationError("--confirm \(confirm): expected a time such as 60s or 5m")
        }
        let parts = time.components
        return Int(parts.seconds) * 1000 + Int(parts.attoseconds / 1_000_000_000_000_000)
    }

    mutating func validate() throws { _ = try confirmMs() }
}
