internal import Settings
internal import Synchronization

/// How one source does.
struct SourceFacts: Sendable, Equatable {
    var name: String
    /// Agents that it has told of.
    var agents = 0
    /// What it said of the others: `2 terminating`.
    var note = ""
    /// Unix milliseconds; nil before the first answer.
    var lastSuccess: Int64?
    /// Why it cannot find out now, and since when.
    var error: String?
    var errorSince: Int64?
    /// Since the start.
    var errors = 0

    init(_ name: String) { self.name = name }

    /// A row of `discovery` in the payload of `status`.
    var node: Node {
        .object([
            ("source", .string(name)), ("agents", .int(agents)), ("note", note.isEmpty ? .null : .string(note)),
            ("lastSuccessMs", lastSuccess.map { .int($0) } ?? .null), ("error", .text(error)),
            ("errorSinceMs", errorSince.map { .int($0) } ?? .null), ("errors", .int(errors)),
        ])
    }
}

/// Where the sources' facts hang, for those who ask: status, doctor, metrics.
final class DiscoveryBoard: Sendable {
    private let rows = Mutex<[SourceFacts]>([])

    init() {}

    /// In the order of the configuration.
    var facts: [SourceFacts] { rows.withLock { $0 } }

    func show(_ facts: [SourceFacts]) { rows.withLock { $0 = facts } }
}
