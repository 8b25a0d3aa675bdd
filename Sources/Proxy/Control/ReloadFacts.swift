internal import Settings

/// What became of changes of the configuration since the start.
struct ReloadFacts: Sendable {
    /// Why the files that were last seen do not run.
    struct Refusal: Sendable {
        /// Unix milliseconds.
        var time: Int64
        /// `file`, `signal` or `rpc`.
        var source: String
        var problems: [Problem]
        /// What the files held, by which the same refusal is told once.
        var files: [[UInt8]?]

        var node: Node {
            .object([("timeMs", .int(time)), ("source", .string(source)), ("issues", .list(problems.map(\.node)))])
        }
    }

    var taken = 0
    var refused = 0
    /// Unix milliseconds.
    var lastTaken: Int64?
    /// Nil once the files are right again.
    var refusal: Refusal?
}
