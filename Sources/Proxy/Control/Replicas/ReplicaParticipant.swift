package import Settings

/// What a replica does in a change for all, as the protocol needs it. The configurator is the one that does; everything
/// that has to survive a crash survives it there, but for votes (`ReplicaRecords`).
package protocol ReplicaParticipant: Sendable {
    /// Tells this process from its replicas.
    var instance: String { get }
    /// Validates the change against this replica's own file, builds the runtime, takes the change lock, and keeps all
    /// of it across a crash. What throws leaves nothing behind.
    func prepare(_ change: ReplicaChange) async throws(ControlFailure) -> PreparedChange
    /// Swaps, replaces the file (unless it has the new bytes already), forgets that anything was prepared, releases the
    /// lock. The history remembers the transaction; one that is committed already answers the same again. After a throw
    /// the change stays prepared.
    func commit(_ transaction: String) async throws(ControlFailure) -> CommittedChange
    /// Forgets what was prepared, releases the lock.
    func abort(_ transaction: String) async
    /// What is on disk: `.committed` when the history has it, `.prepared` when it is kept as such, else `.unknown`.
    func outcome(_ transaction: String) async -> ReplicaOutcome
}

/// A change as a replica is asked to prepare it.
package struct ReplicaChange: Sendable {
    package var transaction: String
    /// `config.patch`, `.apply`, `.set`, `.unset` or `.rollback`.
    package var method: String
    /// Without `all`, `dryRun` and `baseHash`.
    package var params: Node
    /// Where the coordinator answers: the first of `peers`. Empty where nobody knows.
    package var coordinator: String
    /// All replicas of the change, this one included, in an order that all of them have.
    package var seats: [ReplicaSeat]
    /// The place of this replica among `seats`.
    package var member: Int
    /// What this replica's file must be. Nil: whatever it is; only the coordinator's is compared.
    package var baseHash: String?

    /// Where all of them answer.
    package var peers: [String] { seats.map(\.address) }
}

/// What a replica has ready.
package struct PreparedChange: Sendable {
    package var instance: String
    /// Of the file as it is, and as the change will make it.
    package var hash: String
    package var newHash: String
    /// What a change of this replica alone would be answered. It stays on its own replica.
    package var answer: Node

    package init(instance: String, hash: String, newHash: String, answer: Node = .null) {
        self.instance = instance
        self.hash = hash
        self.newHash = newHash
        self.answer = answer
    }

    /// Nothing would change here.
    package var isNoop: Bool { answer["noop"]?.bool == true }
}

/// What a replica has in force.
package struct CommittedChange: Sendable {
    package var instance: String
    package var generation: Int
    package var hash: String
    package var answer: Node

    package init(instance: String, generation: Int, hash: String, answer: Node = .null) {
        self.instance = instance
        self.generation = generation
        self.hash = hash
        self.answer = answer
    }
}

/// What a replica knows of a change.
package enum ReplicaOutcome: String, Sendable {
    case committed, aborted
    /// Ready for either.
    case prepared
    /// Never heard of, or aborted so long ago that it is forgotten.
    case unknown
}
