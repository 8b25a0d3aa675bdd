internal import Logging
internal import Settings

/// A change for all replicas that this one has ready.
struct PreparedTransaction: Sendable {
    let transaction: String
    let planned: PlannedChange
    let built: PreparedGeneration?
}

extension Configurator: ReplicaParticipant {
    /// Works the change out, builds what would run and holds it, so that a commit cannot fail for a reason that could be
    /// known now. No other change is made until the outcome is known.
    package func prepare(_ change: ReplicaChange) async throws(ControlFailure) -> PreparedChange {
        await lock()
        defer { unlock() }
        try refuseWhilePrepared()
        try admitWrite()
        var request = try ChangeRequest(change.method, change.params)
        try refuseUnconfirmed(request)
        request.transaction = change.transaction
        request.baseHash = change.baseHash ?? currentHash()
        let planned = try planner.plan(request)
        if planned.after.bytes != planned.before, let obstacle = ConfigFile(planned.after.path).obstacle() {
            throw Self.failure(obstacle)
        }
        let built = planned.isNoop ? nil : try await build(planned)
        do {
            try keepPending(change, planned)
        } catch {
            if let built { await runner?.discard(built) }
            throw Self.failure(error)
        }
        prepared = PreparedTransaction(transaction: change.transaction, planned: planned, built: built)
        return PreparedChange(
            instance: instance, hash: planned.beforeHash ?? "", newHash: planned.afterHash,
            answer: answer(planned, generation: applied.generation))
    }

    private func keepPending(_ change: ReplicaChange, _ planned: PlannedChange) throws {
        guard let history else { throw ControlFailure.invalid("there is no file to change") }
        keepVersion(planned.before, by: "file")
        let pending = ConfigHistory.Pending(
            transaction: change.transaction, baseHash: planned.beforeHash ?? "", peers: change.peers,
            note: planned.request.note)
        try history.setPending(pending, planned.after.bytes ?? [])
    }

    package func commit(_ transaction: String) async throws(ControlFailure) -> CommittedChange {
        await lock()
        defer { unlock() }
        if let done = committed[transaction] { return done }
        if prepared == nil { try await takeUpPending(transaction) }
        guard let prepared, prepared.transaction == transaction else { return try fromHistory(transaction) }
        var planned = prepared.planned
        // replicas that share the file: another one has written it
        if case .bytes(let now) = ConfigFile(planned.after.path).read(), now == planned.after.bytes {
            planned.before = now
        }
        let generation: Int
        do throws(ControlFailure) {
            generation = planned.isNoop ? applied.generation : try await perform(planned, prepared.built)
        } catch {
            // what was built is gone; the next try begins with what is kept, on the file as it is by then
            self.prepared = nil
            if case .bytes(let now)? = file?.read() { keepVersion(now, by: "file") }
            throw error
        }
        let done = CommittedChange(
            instance: instance, generation: generation, hash: planned.afterHash,
            answer: answer(planned, generation: generation))
        self.prepared = nil
        if committed.count >= 100 { committed = [:] }
        committed[transaction] = done
        undecided = nil
        history?.clearPending()
        return done
    }

    /// What was prepared before this process started.
    private func takeUpPending(_ transaction: String) async throws(ControlFailure) {
        guard let (pending, bytes) = history?.pending(), pending.transaction == transaction else { return }
        let hash = currentHash()
        if hash ?? "" != pending.baseHash, hash != ConfigFile.hash(bytes) {
            if case .bytes(let now)? = file?.read() { keepVersion(now, by: "file") }
            log.error(
                "the file was changed by hand while a change for all replicas was open; the change for all takes its place, the other is in the history",
                metadata: ["transaction": "\(transaction)"])
        }
        var request = ChangeRequest(.restore(bytes), baseHash: hash)
        request.note = pending.note
        request.transaction = transaction
        request.isForAll = true
        let planned = try planner.plan(request)
        prepared = PreparedTransaction(transaction: transaction, planned: planned, built: try await build(planned))
    }

    private func fromHistory(_ transaction: String) throws(ControlFailure) -> CommittedChange {
        guard let entry = history?.entries().first(where: { $0.transaction == transaction }) else {
            throw .invalid("no change '\(transaction)' is prepared here")
        }
        return CommittedChange(instance: instance, generation: applied.generation, hash: entry.hash)
    }

    package func abort(_ transaction: String) async {
        await lock()
        defer { unlock() }
        if let prepared, prepared.transaction == transaction {
            self.prepared = nil
            if let built = prepared.built { await runner?.discard(built) }
        }
        if undecided == transaction { undecided = nil }
        if history?.pending()?.0.transaction == transaction { history?.clearPending() }
    }

    package func outcome(_ transaction: String) async -> ReplicaOutcome {
        if committed[transaction] != nil { return .committed }
        if history?.entries().contains(where: { $0.transaction == transaction }) ?? false { return .committed }
        if prepared?.transaction == transaction || history?.pending()?.0.transaction == transaction { return .prepared }
        return .unknown
    }

    func currentHash() -> String? {
        guard let file, case .bytes(let bytes) = file.read() else { return nil }
        return ConfigFile.hash(bytes)
    }

    /// What waits for its outcome since an earlier life of this process.
    var pendingTransaction: (transaction: String, peers: [String])? {
        history?.pending().map { ($0.0.transaction, $0.0.peers) }
    }
}
