internal import Logging

/// What a replica does on its own between preparing a change and its outcome.
extension ReplicaMember {
    /// From when a change is prepared here until its outcome is applied here: asks when nothing is heard, tries again
    /// what could not be applied. Ends with the change.
    func watch(_ transaction: String) async {
        let turn = times.turn(of: vote(on: transaction)?.member ?? 0)
        await surroundings.pause(times.silence + turn)
        var tries = 0
        while isOpen(transaction), !Task.isCancelled {
            if isLate(transaction) {
                _ = try? await commit(transaction)
            } else if !isCoordinating(transaction), let vote = vote(on: transaction) {
                tries += 1
                await settle(OutcomeSearch(self, vote))
                if tries == 10 { tellUndecided(transaction, vote.members.map(\.address)) }
            }
            await surroundings.pause(times.again + turn)
        }
    }

    /// One try to find the outcome, and then to apply it; the others are told.
    @discardableResult
    func settle(_ search: OutcomeSearch) async -> ReplicaVote.Decision? {
        guard let decision = await search.run() else { return nil }
        inBackground { _ in await search.tell(decision) }
        log.notice(
            "a change for all replicas was settled without its coordinator",
            metadata: ["transaction": "\(search.transaction)", "outcome": "\(decision)"])
        await apply(decision, search.transaction)
        return decision
    }

    func apply(_ decision: ReplicaVote.Decision, _ transaction: String) async {
        switch decision {
        case .commit: _ = try? await commit(transaction)
        case .abort: await abort(transaction)
        }
    }

    func tellUndecided(_ transaction: String, _ members: [String]) {
        log.warning(
            """
            a change for all replicas is prepared here and its outcome unknown: too few replicas answer; \
            start them, no other change is taken until then
            """,
            metadata: ["transaction": "\(transaction)", "replicas": "\(members.joined(separator: ", "))"])
    }
}
