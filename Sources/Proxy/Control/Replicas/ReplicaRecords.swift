/// What the protocol keeps of a replica across a crash, beside what its participant keeps.
package struct ReplicaRecord: Sendable, Equatable {
    /// On the change that is prepared, or was last.
    package var vote: ReplicaVote?
    /// Changes that were committed here, latest last, for a replica that asks late. At most `ReplicaRecord.kept`.
    package var committed: [String] = []
    /// What this replica is called; empty until somebody asks for it.
    package var replica = ""

    package static let kept = 100

    package init(vote: ReplicaVote? = nil, committed: [String] = [], replica: String = "") {
        self.vote = vote
        self.committed = committed
        self.replica = replica
    }

    package mutating func remember(_ transaction: String) {
        guard !committed.contains(transaction) else { return }
        committed.append(transaction)
        if committed.count > Self.kept { committed.removeFirst(committed.count - Self.kept) }
    }
}

/// Where that is kept.
package protocol ReplicaRecords: Sendable {
    /// What was saved last; an empty record where nothing was.
    func load() -> ReplicaRecord
    /// Returns when it is on disk. Not `async`: between a vote and its record nothing else may come.
    func save(_ record: ReplicaRecord) throws
}
