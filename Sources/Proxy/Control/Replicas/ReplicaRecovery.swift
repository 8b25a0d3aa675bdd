/// What becomes of a change that was prepared when the process was killed.
extension ReplicaMember {
    /// Asks the other replicas and applies the outcome, before this process listens: so it never serves what is not in
    /// force any more. `.prepared`: nobody could tell in time. The file stays as it is, no other change is taken, and
    /// the question is asked on in the background.
    ///
    /// - Parameters:
    ///   - transaction: what the participant has kept as prepared.
    ///   - members: its replicas, as the participant kept them; used only if this replica's vote is lost.
    package func recover(
        _ transaction: String, members: [String], within limit: Duration = .seconds(1)
    ) async -> ReplicaOutcome {
        // killed while it was being applied
        if await adopt(transaction) { await apply(.commit, transaction) }
        let search =
            vote(on: transaction).map { OutcomeSearch(self, $0) }
            ?? OutcomeSearch(self, asking: transaction, of: members)
        let start = surroundings.now()
        while isOpen(transaction), surroundings.now() - start < limit {
            if await settle(search) != nil { break }
            await surroundings.pause(times.recovering)
        }
        if isOpen(transaction) {
            tellUndecided(transaction, search.members.map(\.address))
            inBackground { await $0.keepAsking(search) }
            return .prepared
        }
        return await outcome(transaction).outcome
    }

    private func keepAsking(_ search: OutcomeSearch) async {
        while isOpen(search.transaction), !Task.isCancelled {
            if isLate(search.transaction) {
                _ = try? await commit(search.transaction)
            } else {
                await settle(search)
            }
            await surroundings.pause(times.again + times.turn(of: search.own ?? 0))
        }
    }
}
