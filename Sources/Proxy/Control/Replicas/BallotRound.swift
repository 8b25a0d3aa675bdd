/// One ballot, as the replica that holds it counts the answers: a proposer of single-decree Paxos. Pure.
///
/// ```
/// asking    -> proposing (a quorum has promised) | decided
/// proposing -> decided (a quorum has accepted, or one replica knows the outcome)
/// ```
package struct BallotRound: Sendable {
    package enum Step: Sendable, Equatable {
        case wait
        /// Ask all to accept this.
        case propose(ReplicaVote.Decision)
        case decided(ReplicaVote.Decision)
    }

    package let ballot: Int
    private let quorum: Quorum
    private var promises: Set<Int> = []
    private var acceptances: Set<Int> = []
    private var latest: ReplicaVote.Accepted?
    private var proposal: ReplicaVote.Decision?
    /// The latest ballot that anybody has promised: the next one must be above it.
    package private(set) var highest: Int

    /// A ballot to find out, or to settle, what becomes of a change.
    package init(_ ballot: Int, of quorum: Quorum) {
        self.ballot = ballot
        self.quorum = quorum
        highest = ballot
    }

    /// Ballot 0. It needs no promises, for nothing is below it; only the coordinator holds it, only once, and only when
    /// all have prepared.
    package static func commit(of quorum: Quorum) -> BallotRound {
        var round = BallotRound(0, of: quorum)
        round.proposal = .commit
        return round
    }

    package mutating func answered(_ member: Int, _ answer: BallotAnswer) -> Step {
        switch answer {
        case .committed: return .decided(.commit)
        case .aborted: return .decided(.abort)
        case .refused(let promised):
            highest = max(highest, promised)
            return .wait
        case .promised(let accepted):
            guard proposal == nil else { return .wait }
            promises.insert(member)
            if let accepted, accepted.ballot > latest?.ballot ?? -1 { latest = accepted }
            guard quorum.isReached(by: promises) else { return .wait }
            // what may have been decided before must be proposed again; if nothing was accepted, nothing was decided
            let decision = latest?.decision ?? .abort
            proposal = decision
            return .propose(decision)
        case .accepted:
            guard let proposal else { return .wait }
            acceptances.insert(member)
            return quorum.isReached(by: acceptances) ? .decided(proposal) : .wait
        }
    }
}
