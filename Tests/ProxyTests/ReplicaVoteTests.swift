import Glibc
import Proxy
import Settings
import Testing

private let three = [("a:1", "x"), ("[::1]:2", "y"), ("unix:/x", "z")].map { ReplicaSeat(address: $0, replica: $1) }

@Suite("a vote")
struct ReplicaVoteTests {
    private let fresh = ReplicaVote("t", members: three, member: 1)

    @Test("no two replicas have a ballot in common, and each goes up")
    func ballots() {
        var seen: Set<Int> = [0]
        for member in 0..<3 {
            var vote = ReplicaVote("t", members: three, member: member)
            var last = 0
            for step in 1...50 {
                let ballot = vote.nextBallot(above: step % 7 == 0 ? last + 5 : 0)
                #expect(ballot > last && vote.promise(ballot))
                #expect(seen.insert(ballot).inserted, "\(ballot) of \(member)")
                last = ballot
            }
        }
    }

    @Test("keeps what it promised")
    func promises() {
        var vote = fresh
        #expect(vote.accept(0, .commit) && vote.accepted == .init(ballot: 0, decision: .commit))
        #expect(vote.promise(4) && !vote.promise(4) && !vote.promise(3))
        #expect(!vote.accept(3, .abort) && vote.accepted?.ballot == 0)
        #expect(vote.accept(4, .abort) && vote.accepted == .init(ballot: 4, decision: .abort))
        #expect(vote.accept(7, .commit) && !vote.promise(7))
    }

    @Test(
        "two quorums always meet",
        arguments: 1...6)
    func quorums(size: Int) {
        let quorum = Quorum(size: size)
        let groups = (0..<(1 << size)).map { bits in Set((0..<size).filter { bits >> $0 & 1 == 1 }) }
        let quorums = groups.filter { quorum.isReached(by: $0) }
        #expect(quorums.contains(Set(0..<size)))
        for one in quorums { for two in quorums { #expect(!one.isDisjoint(with: two), "\(one) \(two)") } }
        // of three or more, any one may be gone
        if size > 2 { for gone in 0..<size { #expect(quorum.isReached(by: Set(0..<size).subtracting([gone]))) } }
    }

    @Test("a ballot proposes what was accepted last, else abort; a quorum decides it")
    func rounds() {
        var round = BallotRound(5, of: Quorum(size: 3))
        #expect(round.answered(1, .promised(.init(ballot: 0, decision: .commit))) == .wait)
        #expect(round.answered(1, .promised(nil)) == .wait)
        #expect(round.answered(2, .promised(nil)) == .propose(.commit))
        #expect(round.answered(0, .promised(.init(ballot: 4, decision: .abort))) == .wait)
        #expect(round.answered(0, .accepted) == .wait)
        #expect(round.answered(1, .refused(promised: 8)) == .wait && round.highest == 8)
        #expect(round.answered(2, .accepted) == .decided(.commit))
        var other = BallotRound(5, of: Quorum(size: 3))
        #expect(other.answered(0, .accepted) == .wait)
        #expect(other.answered(0, .promised(nil)) == .wait)
        #expect(other.answered(1, .promised(nil)) == .propose(.abort))
        #expect(other.answered(2, .committed) == .decided(.commit))
        #expect(other.answered(2, .aborted) == .decided(.abort))
        var first = BallotRound.commit(of: Quorum(size: 2))
        #expect(first.answered(1, .accepted) == .wait)
        #expect(first.answered(0, .accepted) == .decided(.commit))
    }
}

@Suite("what a replica keeps of its votes")
struct ReplicaRecordTests {
    @Test("is read back as it was written, and nothing where nothing can be read")
    func roundTrip() throws {
        var template = Array("/tmp/clawproxy-votes-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let file = ReplicaRecordFile(in: folder, listen: .tcp(host: "127.0.0.1", port: 1))
        defer {
            unlink(file.path)
            rmdir(folder)
        }
        #expect(file.load() == ReplicaRecord())
        var vote = ReplicaVote("t", members: three, member: 2)
        var record = ReplicaRecord(vote: vote, committed: ["s"], replica: "z")
        try file.save(record)
        #expect(file.load() == record)
        #expect(vote.promise(8) && vote.accept(8, .commit))
        record.vote = vote
        record.remember("u")
        record.remember("u")
        try file.save(record)
        #expect(file.load() == record && record.committed == ["s", "u"])
        #expect(ReplicaRecordFile(in: folder, listen: .tcp(host: "127.0.0.1", port: 2)).path != file.path)
        let damaged = open(file.path, O_WRONLY | O_TRUNC)
        close(damaged)
        #expect(file.load() == ReplicaRecord())
    }

    @Test("has the last hundred changes")
    func bound() {
        var record = ReplicaRecord()
        for number in 1...250 { record.remember("\(number)") }
        #expect(record.committed.count == 100 && record.committed.first == "151")
    }
}
