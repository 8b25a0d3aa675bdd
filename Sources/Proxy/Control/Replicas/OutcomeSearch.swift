internal import Settings

/// How a replica that has prepared a change finds out what becomes of it, without its coordinator if need be.
struct OutcomeSearch: Sendable {
    let member: ReplicaMember
    let transaction: String
    /// All replicas of the change, and this one's place among them.
    let members: [ReplicaSeat]
    let own: Int?
    /// This replica has its vote, so it may hold ballots.
    let mayVote: Bool

    private var surroundings: any ReplicaSurroundings { member.surroundings }
    private var times: ReplicaTimes { member.times }

    init(_ member: ReplicaMember, _ vote: ReplicaVote) {
        self.member = member
        transaction = vote.transaction
        members = vote.members
        own = vote.member
        mayVote = true
    }

    /// Of a replica whose vote is lost: it asks, no more.
    init(_ member: ReplicaMember, asking transaction: String, of addresses: [String]) {
        self.member = member
        self.transaction = transaction
        members = addresses.map { ReplicaSeat(address: $0, replica: "") }
        own = nil
        mayVote = false
    }

    /// One try: asks everybody; when nobody knows and the coordinator is not at it any more, holds a ballot. Nil when
    /// that did not settle it.
    func run() async -> ReplicaVote.Decision? {
        switch await ask() {
        case .decided(let decision): return decision
        case .coordinated: return nil
        case .open: return mayVote ? await vote() : nil
        }
    }

    private enum Known: Equatable {
        case decided(ReplicaVote.Decision)
        /// The coordinator is alive and at work.
        case coordinated
        case open
    }

    private func ask() async -> Known {
        var known = Known.open
        var denials = 0
        await ReplicaPoll.ask(others) { place in
            await answer(place, "replica.outcome", question)
        } _: { _, answer in
            let outcome = answer?["outcome"]?.string.flatMap(ReplicaOutcome.init)
            switch outcome {
            case .committed: known = .decided(.commit)
            case .aborted where mayVote: known = .decided(.abort)
            case .prepared, .unknown, .aborted, nil:
                // `unknown` decides nothing here: the question may have overtaken the request to prepare
                if answer?["coordinating"]?.bool == true { known = .coordinated }
            }
            // who cannot hold a ballot believes all the others together
            if outcome == .unknown || outcome == .aborted { denials += 1 }
            if !mayVote, denials == others.count { known = .decided(.abort) }
            return known != .open
        }
        return known
    }

    /// Holds one ballot. Any number of replicas may do so at once, at any time: what they decide is the same.
    func vote() async -> ReplicaVote.Decision? {
        guard let ballot = await member.nextBallot(on: transaction) else { return nil }
        var round = BallotRound(ballot, of: Quorum(size: members.count))
        var step = BallotRound.Step.wait
        await ReplicaPoll.ask(members.indices) { place in
            await promise(place, ballot)
        } _: { place, answer in
            if let answer { step = round.answered(place, answer) }
            return step != .wait
        }
        switch step {
        case .decided(let decision): return decision
        case .propose(let decision): return await propose(decision, in: round)
        case .wait:
            await member.saw(ballot: round.highest)
            return nil
        }
    }

    /// Asks all to accept; nil when no quorum did.
    func propose(_ decision: ReplicaVote.Decision, in asked: BallotRound) async -> ReplicaVote.Decision? {
        let ballot = asked.ballot
        var round = asked
        var decided: ReplicaVote.Decision?
        await ReplicaPoll.ask(members.indices) { place in
            await accept(place, ballot, decision)
        } _: { place, answer in
            if let answer, case .decided(let found) = round.answered(place, answer) { decided = found }
            return decided != nil
        }
        await member.saw(ballot: round.highest)
        return decided
    }

    private func promise(_ place: Int, _ ballot: Int) async -> BallotAnswer? {
        if place == own { return try? await member.promise(transaction, ballot) }
        let params = Node.object([("transaction", .string(transaction)), ("ballot", .int(ballot))])
        return await answer(place, "replica.promise", params).flatMap(BallotAnswer.init)
    }

    private func accept(_ place: Int, _ ballot: Int, _ decision: ReplicaVote.Decision) async -> BallotAnswer? {
        if place == own { return try? await member.accept(transaction, ballot, decision) }
        let params = Node.object([
            ("transaction", .string(transaction)), ("ballot", .int(ballot)), ("decision", .string(decision.rawValue)),
        ])
        return await answer(place, "replica.accept", params).flatMap(BallotAnswer.init)
    }

    /// Nil also when another replica answers there than the one that is meant. That one may never have heard of the
    /// change, and that it has not says nothing.
    private func answer(_ place: Int, _ method: String, _ params: Node) async -> Node? {
        let seat = members[place]
        let node = try? await surroundings.call(seat.address, method, params, within: times.question)
        return seat.replica.isEmpty || node?["replica"]?.string == seat.replica ? node : nil
    }

    /// Tells the others what was decided, once each: they ask, if they do not hear it.
    func tell(_ decision: ReplicaVote.Decision) async {
        let (method, limit) = decision == .commit ? ("replica.commit", times.apply) : ("replica.abort", times.question)
        await ReplicaPoll.ask(others) { place in
            _ = try? await surroundings.call(members[place].address, method, question, within: limit)
        } _: { _, _ in
            false
        }
    }

    private var question: Node { .object([("transaction", .string(transaction))]) }
    private var others: [Int] { members.indices.filter { $0 != own } }
}
