internal import Settings

/// What replicas tell each other, as payloads.
extension BallotAnswer {
    /// - Parameter replica: what the one that answers is called.
    func node(of replica: String) -> Node {
        let members: [(String, Node)] =
            switch self {
            case .promised(let accepted): [("standing", .string("promised")), ("accepted", accepted?.node ?? .null)]
            case .accepted: [("standing", .string("accepted"))]
            case .refused(let promised): [("standing", .string("refused")), ("promised", .int(promised))]
            case .committed: [("standing", .string("committed"))]
            case .aborted: [("standing", .string("aborted"))]
            }
        return .object([("replica", .string(replica))] + members)
    }

    /// Nil where half of it is missing: a vote that cannot be read is none.
    init?(_ node: Node) {
        switch node["standing"]?.string {
        case "promised":
            guard let last = node.member("accepted") else {
                self = .promised(nil)
                return
            }
            guard let accepted = ReplicaVote.Accepted(last) else { return nil }
            self = .promised(accepted)
        case "accepted": self = .accepted
        case "refused":
            guard let promised = node["promised"]?.int, ReplicaVote.ballots.contains(promised) else { return nil }
            self = .refused(promised: promised)
        case "committed": self = .committed
        case "aborted": self = .aborted
        default: return nil
        }
    }
}

extension PreparedChange {
    var node: Node {
        .object([
            ("prepared", .flag(true)), ("instance", .string(instance)), ("hash", .string(hash)),
            ("newHash", .string(newHash)), ("noop", .flag(isNoop)),
        ])
    }

    init?(_ node: Node) {
        guard node["prepared"]?.bool == true, let instance = node["instance"]?.string, let hash = node["hash"]?.string,
            let newHash = node["newHash"]?.string
        else { return nil }
        self.init(instance: instance, hash: hash, newHash: newHash)
        answer = .object([("noop", .flag(node["noop"]?.bool ?? false))])
    }
}

extension CommittedChange {
    var node: Node {
        .object([
            ("committed", .flag(true)), ("instance", .string(instance)), ("generation", .int(generation)),
            ("hash", .string(hash)),
        ])
    }

    init?(_ node: Node) {
        guard node["committed"]?.bool == true, let instance = node["instance"]?.string, let hash = node["hash"]?.string,
            let generation = node["generation"]?.int
        else { return nil }
        self.init(instance: instance, generation: generation, hash: hash)
    }
}

extension ReplicaChange {
    /// Parameters of `replica.prepare`.
    func node(epoch: String) -> Node {
        var members: [(String, Node)] = [
            ("transaction", .string(transaction)), ("epoch", .string(epoch)), ("method", .string(method)),
            ("params", params), ("addresses", .strings(peers)), ("replicas", .strings(seats.map(\.replica))),
            ("member", .int(member)),
        ]
        if let baseHash { members.append(("baseHash", .string(baseHash))) }
        return .object(members)
    }
}
