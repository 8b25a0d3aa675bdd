/// A replica as one of those that a change is about.
package struct ReplicaSeat: Sendable, Equatable {
    package var address: String
    /// What the replica calls itself from its first day, on its own disk: another one may answer at its address one
    /// day, and must not answer for it.
    package var replica: String

    package init(address: String, replica: String) {
        self.address = address
        self.replica = replica
    }
}

/// A replica's vote on a change: an acceptor of single-decree Paxos. It must be on disk before what it answers leaves
/// the process.
package struct ReplicaVote: Sendable, Equatable {
    package enum Decision: String, Sendable {
        case commit, abort
    }

    package struct Accepted: Sendable, Equatable {
        package var ballot: Int
        package var decision: Decision

        package init(ballot: Int, decision: Decision) {
            self.ballot = ballot
            self.decision = decision
        }
    }

    package let transaction: String
    /// All replicas of the change; the coordinator is the first.
    package let members: [ReplicaSeat]
    /// This replica's place among them.
    package let member: Int
    /// No ballot below this one is voted in any more. Ballot 0 is the coordinator's.
    package private(set) var promised: Int
    package private(set) var accepted: Accepted?

    package init(
        _ transaction: String, members: [ReplicaSeat], member: Int, promised: Int = 0, accepted: Accepted? = nil
    ) {
        self.transaction = transaction
        self.members = members
        self.member = member
        self.promised = promised
        self.accepted = accepted
    }

    /// Numbers of ballots stay far below what an addition could overflow.
    static let ballots = -1..<(1 << 40)

    /// A ballot of this replica above `least` and all that it has seen: round x members + place, so nobody else's.
    package func nextBallot(above least: Int = 0) -> Int {
        (max(promised, least) / members.count + 1) * members.count + member
    }

    /// False when a later ballot was promised already.
    package mutating func promise(_ ballot: Int) -> Bool {
        guard ballot > promised else { return false }
        promised = ballot
        return true
    }

    package mutating func accept(_ ballot: Int, _ decision: Decision) -> Bool {
        guard ballot >= promised else { return false }
        promised = ballot
        accepted = Accepted(ballot: ballot, decision: decision)
        return true
    }
}

/// What a replica answers in a ballot.
package enum BallotAnswer: Sendable, Equatable {
    /// Nothing below the ballot will be accepted; what was accepted last.
    case promised(ReplicaVote.Accepted?)
    case accepted
    /// A later ballot was promised.
    case refused(promised: Int)
    /// There is nothing left to vote on. A replica that never prepared the change, and from now on never will, says
    /// `aborted` too: without it there is no commit.
    case committed, aborted
}
