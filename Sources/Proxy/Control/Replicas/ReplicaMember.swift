package import Logging
internal import Settings

/// This process as one replica among others: what it answers when a change for all is prepared, voted on and decided.
/// `ReplicaCoordinator` tells the whole protocol.
package actor ReplicaMember {
    /// What this process knows of a change.
    enum Standing {
        /// Exits: `prepared`, `aborted`.
        case preparing
        /// Ready for either. Exits: `committing`, `aborted`.
        case prepared
        /// Decided, and being applied. Exits: `committed`, `late`.
        case committing
        /// Decided, but it could not be applied yet; tried again. Exits: `committing`.
        case late
        case committed(CommittedChange)
        /// Final for this process. Also of a change that was never prepared here: it will not be any more.
        case aborted
    }

    nonisolated let participant: any ReplicaParticipant
    nonisolated let surroundings: any ReplicaSurroundings
    nonisolated let times: ReplicaTimes
    nonisolated let log: Logger
    /// Tells this life of the process from others. Whoever was greeted in an earlier life may not have a change
    /// prepared in this one, which no longer knows what it refused.
    nonisolated let epoch: String
    private let records: any ReplicaRecords
    private var record: ReplicaRecord
    private var standings: [String: Standing] = [:]
    /// In the order in which they were first heard of.
    private var heard: [String] = []
    /// The one change that is under way here.
    private var current: String?
    /// The latest ballot on it that others told of.
    private var latestBallot = 0
    /// Changes that this process coordinates just now.
    private var coordinated: Set<String> = []

    /// Standings that are kept; only those of finished changes are dropped.
    private static let kept = 256

    package init(
        _ participant: any ReplicaParticipant, _ records: any ReplicaRecords, _ surroundings: any ReplicaSurroundings,
        log: Logger, times: ReplicaTimes = ReplicaTimes(), epoch: String = ReplicaMember.name()
    ) {
        self.participant = participant
        self.records = records
        self.surroundings = surroundings
        self.log = log
        self.times = times
        self.epoch = epoch
        record = records.load()
    }

    package nonisolated var instance: String { participant.instance }

    /// A name that nobody else has.
    package static func name() -> String {
        String(UInt64.random(in: .min ... .max), radix: 16) + String(UInt64.random(in: .min ... .max), radix: 16)
    }

    // MARK: what others ask

    /// What this replica is called, in this life and all others.
    func name() throws(ControlFailure) -> String {
        if record.replica.isEmpty {
            var named = record
            named.replica = Self.name()
            try keep(named)
        }
        return record.replica
    }

    /// Validates and builds; ready for either outcome when it returns, and asks for it when nothing more is heard.
    func prepare(_ change: ReplicaChange, epoch given: String) async throws(ControlFailure) -> PreparedChange {
        let transaction = change.transaction
        guard given == epoch else {
            throw Self.busy("this replica was started anew just now; run the command again")
        }
        guard standings[transaction] == nil else { throw Self.busy("the change was given up; run the command again") }
        guard current == nil else {
            throw Self.busy("another change for all replicas is under way here; run the command again")
        }
        current = transaction
        latestBallot = 0
        hear(transaction, .preparing)
        let prepared: PreparedChange
        do throws(ControlFailure) {
            try keep(ReplicaVote(transaction, members: change.seats, member: change.member))
            prepared = try await participant.prepare(change)
        } catch {
            standings[transaction] = .aborted
            current = nil
            throw error
        }
        if case .aborted = standings[transaction] {
            await participant.abort(transaction)
            current = nil
            throw Self.busy("the change was given up while it was being prepared; run the command again")
        }
        standings[transaction] = .prepared
        inBackground { await $0.watch(transaction) }
        return prepared
    }

    /// Whether this replica will accept nothing below the ballot.
    func promise(_ transaction: String, _ ballot: Int) async throws(ControlFailure) -> BallotAnswer {
        try await vote(transaction) { $0.promise(ballot) ? .promised($0.accepted) : nil }
    }

    /// Whether this replica accepts what the ballot proposes.
    func accept(
        _ transaction: String, _ ballot: Int, _ decision: ReplicaVote.Decision
    ) async throws(ControlFailure) -> BallotAnswer {
        try await vote(transaction) { $0.accept(ballot, decision) ? .accepted : nil }
    }

    /// It is decided. Returns when it is in force and in the file.
    func commit(_ transaction: String) async throws(ControlFailure) -> CommittedChange {
        while case .committing = standings[transaction] { await surroundings.pause(.milliseconds(10)) }
        switch standings[transaction] {
        case .committed(let change): return change
        case .aborted: throw .invalid("the change was aborted here; this is a fault, please report it")
        case nil:
            // from before this process started: the history knows it, or nobody does
            return try await participant.commit(transaction)
        case .preparing: throw Self.busy("the change is still being prepared")
        case .prepared, .late, .committing: break
        }
        let isAgain = isLate(transaction)
        standings[transaction] = .committing
        // before it is applied: from here on this replica can tell others, whatever happens to it. Where this cannot be
        // written, the participant's history will say the same a moment later.
        record.remember(transaction)
        try? records.save(record)
        do throws(ControlFailure) {
            let change = try await participant.commit(transaction)
            standings[transaction] = .committed(change)
        } catch {
            standings[transaction] = .late
            // told once, not at every try
            if !isAgain {
                log.error(
                    "a change for all replicas is decided, but could not be applied here yet; trying again",
                    metadata: ["transaction": "\(transaction)", "reason": "\(error)"])
            }
            throw error
        }
        if current == transaction { current = nil }
        return try await commit(transaction)
    }

    /// It is decided, or its coordinator gave up before any ballot.
    func abort(_ transaction: String) async {
        switch standings[transaction] {
        case nil: hear(transaction, .aborted)
        case .preparing: standings[transaction] = .aborted
        case .prepared:
            standings[transaction] = .aborted
            await participant.abort(transaction)
            if current == transaction { current = nil }
        case .committing, .late, .committed, .aborted: break
        }
    }

    /// What is known here, and whether this process is still busy coordinating. Promises nothing.
    func outcome(_ transaction: String) async -> (outcome: ReplicaOutcome, isCoordinating: Bool) {
        let isCoordinating = coordinated.contains(transaction)
        switch standings[transaction] {
        case .committing, .late, .committed: return (.committed, isCoordinating)
        case .aborted: return (.aborted, isCoordinating)
        case .preparing, .prepared: return (.prepared, isCoordinating)
        case nil:
            if record.committed.contains(transaction) { return (.committed, isCoordinating) }
            return (await participant.outcome(transaction), isCoordinating)
        }
    }

    /// What a change of this replica alone would have been answered; null while it is not applied.
    func answer(_ transaction: String) -> Node {
        if case .committed(let change) = standings[transaction] { change.answer } else { .null }
    }

    // MARK: votes

    /// One step of the vote, on disk before it is told. A change that is not known here never will be from now on.
    private func vote(
        _ transaction: String, _ step: (inout ReplicaVote) -> BallotAnswer?
    ) async throws(ControlFailure) -> BallotAnswer {
        if standings[transaction] == nil {
            switch await outcome(transaction).outcome {
            case .committed: return .committed
            case .prepared: throw Self.busy("this replica is starting; ask again")
            case .aborted, .unknown: break
            }
            if standings[transaction] == nil { hear(transaction, .aborted) }
        }
        switch standings[transaction] {
        case .committing, .late, .committed: return .committed
        case .preparing:
            standings[transaction] = .aborted
            return .aborted
        case .aborted, nil: return .aborted
        case .prepared:
            guard var vote = record.vote, vote.transaction == transaction else {
                throw Self.busy("the votes of this replica are lost; it asks the others")
            }
            guard let answer = step(&vote) else { return .refused(promised: vote.promised) }
            try keep(vote)
            return answer
        }
    }

    private func keep(_ vote: ReplicaVote) throws(ControlFailure) {
        var next = record
        next.vote = vote
        try keep(next)
    }

    private func keep(_ next: ReplicaRecord) throws(ControlFailure) {
        do {
            try records.save(next)
        } catch {
            throw ControlFailure(.unavailable, "this replica cannot keep its votes: \(error); nothing was changed")
        }
        record = next
    }

    /// This replica's vote on a change that is open here.
    func vote(on transaction: String) -> ReplicaVote? {
        guard isOpen(transaction), let vote = record.vote, vote.transaction == transaction else { return nil }
        return vote
    }

    /// A ballot of this replica's that is above all it knows of; nil where it has no vote.
    func nextBallot(on transaction: String) -> Int? { vote(on: transaction)?.nextBallot(above: latestBallot) }

    func saw(ballot: Int) { latestBallot = max(latestBallot, ballot) }

    // MARK: standings

    /// Prepared, or decided and not applied yet.
    func isOpen(_ transaction: String) -> Bool {
        switch standings[transaction] {
        case .prepared, .late: true
        case .preparing, .committing, .committed, .aborted, nil: false
        }
    }

    func isLate(_ transaction: String) -> Bool {
        if case .late = standings[transaction] { true } else { false }
    }

    func isCoordinating(_ transaction: String) -> Bool { coordinated.contains(transaction) }
    func beginCoordinating(_ transaction: String) { coordinated.insert(transaction) }
    func endCoordinating(_ transaction: String) { coordinated.remove(transaction) }

    /// A change that was prepared before this process started. True when it is known here to be committed.
    func adopt(_ transaction: String) async -> Bool {
        let isCommitted = await outcome(transaction).outcome == .committed
        if standings[transaction] == nil {
            hear(transaction, .prepared)
            current = transaction
        }
        return isCommitted
    }

    private func hear(_ transaction: String, _ standing: Standing) {
        standings[transaction] = standing
        heard.append(transaction)
        guard heard.count > Self.kept, let index = heard.firstIndex(where: { isFinished($0) }) else { return }
        standings[heard.remove(at: index)] = nil
    }

    private func isFinished(_ transaction: String) -> Bool {
        switch standings[transaction] {
        case .committed, .aborted, nil: transaction != current
        case .preparing, .prepared, .committing, .late: false
        }
    }

    private static func busy(_ message: String) -> ControlFailure {
        ControlFailure(.unavailable, message, retryAfterMs: 500)
    }

    // MARK: background work

    nonisolated func inBackground(_ work: @escaping @Sendable (ReplicaMember) async -> Void) {
        Task(executorPreference: surroundings.executor) { await work(self) }
    }
}
