package import Settings

/// Makes one change on every replica, or on none: the side of the replica that was asked to.
///
/// # The protocol
///
/// 1. *Roll*: greet every address of `admin.peers`. Who does not answer ends it: nothing was asked of anybody.
/// 2. *Prepare*: every replica validates the change against its own file, builds the runtime, refuses other changes
///    from then on, and has all of it on disk before it says yes. One of them, the same for every coordinator, is
///    asked before the others, so that of two changes at a time one goes through. Any no, or silence: *abort*.
/// 3. *Decide*: all have said yes, so the coordinator asks them to accept `commit` in ballot 0. Once a quorum
///    (`Quorum`) has that on disk, the change is decided.
/// 4. *Commit*: all apply it at the same time. Who does not answer is asked again for 1.5 s.
///
/// A replica that is prepared and hears nothing for 0.7 s asks everybody (`PreparedWatch`). If somebody knows the
/// outcome, that is it; if the coordinator is still at it, it waits; else it holds a ballot of its own
/// (`OutcomeSearch`). One that was killed while prepared does the same when it starts, before it listens
/// (`ReplicaRecovery`).
///
/// # Why all agree
///
/// Steps 3 and 4 and the search are single-decree Paxos among the replicas of the change: acceptors are `ReplicaVote`,
/// on disk before they answer; ballot numbers are never used twice, and ballot 0 is the coordinator's. So at most one
/// of `commit` and `abort` is ever decided, whatever is killed, slow, or cut off, and whenever it comes back. What
/// Paxos is told may be decided rests on two more facts:
///
/// - *`commit` only if all are prepared.* It is proposed in ballot 0 alone, after every yes, by a coordinator that then
///   never says abort on its own; a later ballot proposes it only if it finds it accepted.
/// - *A replica of the change that does not know it means abort.* It never said yes, and it will not: it notes the
///   refusal, and when that is lost with the process, so is the `epoch` that a request to prepare must carry. Or it
///   has aborted, which is final. Or it has committed, and says so from its history and its record. That it is one of
///   them, and not another at the same address, its name tells (`ReplicaSeat`); who answers to another name is not
///   listened to.
///
/// Two-phase commit alone does not give this. If the coordinator's own note were the decision, then after its death the
/// others would have to choose between waiting for it (two versions, or none, for as long as it is down) and aborting
/// (and it commits alone when it is back).
///
/// # Why nobody is out of step for 2 s
///
/// A version comes into force by a commit alone. While the coordinator lives it tells all within milliseconds of each
/// other. If it is killed in between, replicas that are still prepared ask 0.7 to 1.1 s after they were, hear of the
/// outcome from one that has it, or decide it with a majority in three round trips, and swap. If another replica is
/// killed, it serves nothing; it asks before it serves again. A quorum is needed, so of three replicas any one may be
/// gone; of two, the coordinator may lose the other but not the other way about, and then the survivor serves the old
/// version, alone, until the coordinator is back.
///
/// # Why the report is right
///
/// `applied` is said by a replica that has swapped and written. `unreachable` after the decision is a replica that has
/// said yes: on its disk is the change and that it must ask. `nowhere` is said only if ballot 0 was never proposed, or
/// a ballot has decided `abort`. Everything else is `undecided`, and says so.
package struct ReplicaCoordinator: Sendable {
    let member: ReplicaMember
    /// Where the other replicas reach this one, if it is not among the addresses that `peers` names; empty: nowhere.
    let ownAddress: String

    private var surroundings: any ReplicaSurroundings { member.surroundings }
    private var times: ReplicaTimes { member.times }

    package init(_ member: ReplicaMember, ownAddress: String = "") {
        self.member = member
        // all addresses are nobody's
        let isWildcard = ownAddress.hasPrefix("0.0.0.0:") || ownAddress.hasPrefix("[::]:")
        self.ownAddress = isWildcard ? "" : ownAddress
    }

    /// The change as this replica was asked for it. It is carried through even if nobody waits for the report any more.
    package func run(
        _ method: String, _ params: Node, baseHash: String?, at peers: ReplicaPeers
    ) async -> ReplicaReport {
        await Task(executorPreference: surroundings.executor) {
            await carryThrough(method, params, baseHash, peers)
        }.value
    }

    private typealias Seat = ReplicaPeers.Present

    private func carryThrough(
        _ method: String, _ params: Node, _ baseHash: String?, _ peers: ReplicaPeers
    ) async -> ReplicaReport {
        let own: Seat
        do throws(ControlFailure) {
            own = Seat(
                address: ownAddress, instance: member.instance, epoch: member.epoch, replica: try await member.name())
        } catch {
            return ReplicaReport(outcome: .nowhere, rows: [ReplicaReport.Row(ownAddress, error)], own: error)
        }
        let roll = await peers.callRoll(own, surroundings, within: times.greeting)
        // this replica, then the others in an order that does not depend on who asks
        let seats = [roll.own] + roll.present.sorted { $0.instance < $1.instance }
        guard roll.missing.isEmpty else {
            let asked = seats.map { row($0, .aborted, "not asked: other replicas do not answer") }
            return ReplicaReport(outcome: .nowhere, rows: asked + roll.missing)
        }
        let change = ReplicaChange(
            transaction: ReplicaMember.name(), method: method, params: Self.forOne(params),
            coordinator: seats[0].address,
            seats: seats.map { ReplicaSeat(address: $0.address, replica: $0.replica) }, member: 0, baseHash: baseHash)
        await member.beginCoordinating(change.transaction)
        var report = await decide(change, seats)
        report.transaction = change.transaction
        await member.endCoordinating(change.transaction)
        return report
    }

    /// The parameters as a replica for itself is asked.
    private static func forOne(_ params: Node) -> Node {
        let kept = (params.members ?? []).filter { !["all", "dryRun", "baseHash"].contains($0.name) }
        return Node(.object(kept), at: params.position)
    }

    private func decide(_ change: ReplicaChange, _ seats: [Seat]) async -> ReplicaReport {
        let answers = await prepare(change, seats)
        let prepared = answers.compactMap { try? $0.prepared.get() }
        let search = OutcomeSearch(
            member, ReplicaVote(change.transaction, members: change.seats, member: change.member))
        if prepared.count < seats.count || prepared.allSatisfy(\.isNoop) {
            // ballot 0 was not proposed and will not be: nobody can commit
            await giveUp(search)
            return prepared.count < seats.count ? refused(answers, seats) : unchanged(prepared, seats)
        }
        switch await outcome(search, seats.count) {
        case .commit: return await commit(search, seats)
        case .abort:
            await giveUp(search)
            let detail = "a replica took this one for dead and the change was given up"
            return ReplicaReport(outcome: .nowhere, rows: seats.map { row($0, .aborted, detail) })
        case nil:
            let detail = "ready; applies or forgets the change as soon as most replicas answer"
            return ReplicaReport(outcome: .undecided, rows: seats.map { row($0, .prepared, detail) })
        }
    }

    // MARK: prepare

    private struct Answer: Sendable {
        var prepared: Result<PreparedChange, Refusal>
    }

    private struct Refusal: Error {
        var row: ReplicaReport.Row
        var own: ControlFailure?
    }

    /// Asks one replica first, which for every coordinator is the same; if that one is busy with another change, no
    /// other is held up.
    private func prepare(_ change: ReplicaChange, _ seats: [Seat]) async -> [Answer] {
        let first = seats.indices.min { seats[$0].instance < seats[$1].instance } ?? 0
        var answers: [Int: Answer] = [first: await ask(first, change, seats)]
        if case .failure(let refusal) = answers[first]?.prepared, refusal.row.code == .unavailable {
            return seats.indices.map { place in
                answers[place] ?? Answer(prepared: .failure(Refusal(row: row(seats[place], .aborted, "not asked"))))
            }
        }
        await ReplicaPoll.ask(seats.indices.filter { $0 != first }) { place in
            await ask(place, change, seats)
        } _: { place, answer in
            answers[place] = answer
            return false
        }
        return seats.indices.compactMap { answers[$0] }
    }

    private func ask(_ place: Int, _ change: ReplicaChange, _ seats: [Seat]) async -> Answer {
        let seat = seats[place]
        if place == 0 {
            do throws(ControlFailure) {
                return Answer(prepared: .success(try await member.prepare(change, epoch: member.epoch)))
            } catch {
                var row = ReplicaReport.Row(seat.address, error)
                row.instance = seat.instance
                return Answer(prepared: .failure(Refusal(row: row, own: error)))
            }
        }
        var theirs = change
        theirs.member = place
        theirs.baseHash = nil
        do throws(RPCFailure) {
            let params = theirs.node(epoch: seat.epoch)
            let answer = try await surroundings.call(seat.address, "replica.prepare", params, within: times.build)
            if let prepared = PreparedChange(answer) { return Answer(prepared: .success(prepared)) }
            throw .broken("\(seat.address) gave an answer that cannot be read; do all replicas run the same version?")
        } catch {
            var row = ReplicaReport.Row(seat.address, error)
            row.instance = seat.instance
            return Answer(prepared: .failure(Refusal(row: row)))
        }
    }

    private func giveUp(_ search: OutcomeSearch) async {
        await member.abort(search.transaction)
        await search.tell(.abort)
    }

    private func refused(_ answers: [Answer], _ seats: [Seat]) -> ReplicaReport {
        var own: ControlFailure?
        let rows = zip(seats, answers).map { seat, answer -> ReplicaReport.Row in
            switch answer.prepared {
            case .success(let prepared):
                var row = row(seat, .aborted, "ready, but others were not")
                row.hash = prepared.hash
                return row
            case .failure(let refusal):
                own = own ?? refusal.own
                return refusal.row
            }
        }
        return ReplicaReport(outcome: .nowhere, rows: rows, own: own)
    }

    private func unchanged(_ prepared: [PreparedChange], _ seats: [Seat]) -> ReplicaReport {
        let rows = zip(seats, prepared).map { seat, prepared in
            var row = row(seat, .unchanged)
            row.hash = prepared.hash
            return row
        }
        return ReplicaReport(outcome: .everywhere, rows: Self.compared(rows), answer: prepared.first?.answer ?? .null)
    }

    // MARK: decide and commit

    /// Ballot 0; where it finds no quorum, or others have begun later ones, whatever those decide.
    private func outcome(_ search: OutcomeSearch, _ count: Int) async -> ReplicaVote.Decision? {
        let start = surroundings.now()
        if let decision = await search.propose(.commit, in: .commit(of: Quorum(size: count))) { return decision }
        while surroundings.now() - start < times.patience {
            if let decision = await search.run() { return decision }
            await surroundings.pause(times.again)
        }
        return nil
    }

    private func commit(_ search: OutcomeSearch, _ seats: [Seat]) async -> ReplicaReport {
        var rows: [Int: ReplicaReport.Row] = [:]
        await ReplicaPoll.ask(seats.indices) { place in
            place == 0 ? await commitHere(search.transaction, seats[0]) : await insist(search.transaction, seats[place])
        } _: { place, row in
            rows[place] = row
            return false
        }
        var report = ReplicaReport(outcome: .everywhere, rows: Self.compared(seats.indices.compactMap { rows[$0] }))
        // applied by now, so this only asks what it was
        report.answer = await member.answer(search.transaction)
        return report
    }

    private func commitHere(_ transaction: String, _ seat: Seat) async -> ReplicaReport.Row {
        do throws(ControlFailure) {
            return applied(seat, try await member.commit(transaction))
        } catch {
            return row(seat, .late, "\(error.message); tried again until it works")
        }
    }

    /// Tells one replica to commit, again and again for a while: it may be starting just now.
    private func insist(_ transaction: String, _ seat: Seat) async -> ReplicaReport.Row {
        let start = surroundings.now()
        let params = Node.object([("transaction", .string(transaction))])
        while true {
            let left: ReplicaReport.Row
            do throws(RPCFailure) {
                let answer = try await surroundings.call(seat.address, "replica.commit", params, within: times.apply)
                if let change = CommittedChange(answer) { return applied(seat, change) }
                left = row(seat, .late, "decided, but its answer cannot be read; do all replicas run the same version?")
            } catch {
                if case .refused(_, let message, _, _) = error {
                    left = row(seat, .late, "\(message); tried again until it works")
                } else {
                    left = row(seat, .unreachable, "it was ready and takes the change when it is back (\(error))")
                }
            }
            if surroundings.now() - start >= times.insist { return left }
            await surroundings.pause(times.insistEvery)
        }
    }

    private func applied(_ seat: Seat, _ change: CommittedChange) -> ReplicaReport.Row {
        var row = row(seat, .applied)
        row.hash = change.hash
        row.generation = change.generation
        return row
    }

    private func row(_ seat: Seat, _ state: ReplicaReport.State, _ detail: String = "") -> ReplicaReport.Row {
        var row = ReplicaReport.Row(seat.address, state, detail)
        row.instance = seat.instance
        return row
    }

    /// Marks the files that are another than the coordinator's.
    private static func compared(_ rows: [ReplicaReport.Row]) -> [ReplicaReport.Row] {
        rows.map { row in
            var row = row
            if let own = rows.first?.hash, !own.isEmpty, !row.hash.isEmpty { row.differs = row.hash != own }
            return row
        }
    }
}
