internal import ArgumentParser
internal import Proxy

/// `clawproxy config rollback`: an earlier version again.
struct ConfigRollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Put an earlier version of the file in force again.",
        discussion: """
              clawproxy config rollback             the version before this one
              clawproxy config rollback 3           three versions back
              clawproxy config rollback --to 41     the one that is 41 in the history
              clawproxy config rollback 0           the newest, where the file is gone
            """)

    @Argument(help: "How many versions back; absent: 1.") var steps: Int?
    @Option(help: ArgumentHelp("The version's number in the history.", valueName: "number")) var to: Int?
    @OptionGroup var options: WriteOptions

    mutating func validate() throws {
        if steps != nil && to != nil { throw ValidationError("expected a number of steps or --to NUMBER, not both") }
        if let steps, steps < 0 { throw ValidationError("expected 0 or more versions back, found \(steps)") }
    }

    func run() async throws {
        let (name, number) = to.map { ("number", $0) } ?? ("steps", steps ?? 1)
        try await Write(options).send("config.rollback", [(name, .int(number))])
    }
}
