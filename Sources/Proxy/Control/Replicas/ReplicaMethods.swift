package import Settings

/// The RPC methods by which replicas talk to each other. All of them are writes: each needs the token.
package enum ReplicaMethods {
    package static let names = [
        "replica.hello", "replica.prepare", "replica.promise", "replica.accept", "replica.commit", "replica.abort",
        "replica.outcome",
    ]

    /// The changes that can be made on all replicas.
    static let changes = ["config.patch", "config.apply", "config.set", "config.unset", "config.rollback"]

    package static func answer(
        _ method: String, _ params: Node, _ member: ReplicaMember
    ) async throws(ControlFailure) -> Node {
        var reader = try Parameters(params, of: method)
        switch method {
        case "replica.hello":
            try reader.end()
            return .object([
                ("instance", .string(member.instance)), ("epoch", .string(member.epoch)),
                ("replica", .string(try await member.name())),
            ])
        case "replica.prepare":
            let epoch = try reader.needed("epoch")
            return try await member.prepare(try change(&reader), epoch: epoch).node
        case "replica.promise":
            let (transaction, ballot) = (try reader.needed("transaction"), try self.ballot(&reader))
            try reader.end()
            return try await member.promise(transaction, ballot).node(of: try await member.name())
        case "replica.accept":
            let (transaction, ballot) = (try reader.needed("transaction"), try self.ballot(&reader))
            guard let decision = ReplicaVote.Decision(rawValue: try reader.needed("decision")) else {
                throw reader.missing("decision", "commit or abort")
            }
            try reader.end()
            return try await member.accept(transaction, ballot, decision).node(of: try await member.name())
        case "replica.commit": return try await member.commit(try transaction(&reader)).node
        case "replica.abort":
            await member.abort(try transaction(&reader))
            return .object([("aborted", .flag(true))])
        case "replica.outcome":
            let known = await member.outcome(try transaction(&reader))
            return .object([
                ("replica", .string(try await member.name())), ("outcome", .string(known.outcome.rawValue)),
                ("coordinating", .flag(known.isCoordinating)),
            ])
        default: throw ControlFailure(.unknownMethod, "no method '\(method)'\(Nearest.hint(for: method, among: names))")
        }
    }

    private static func change(_ reader: inout Parameters) throws(ControlFailure) -> ReplicaChange {
        let transaction = try reader.needed("transaction")
        let method = try reader.needed("method")
        guard changes.contains(method) else {
            throw .invalid("replica.prepare: \(method) is no change; expected \(Quoted.list(changes))")
        }
        let params = reader.take("params") ?? .null
        let (addresses, replicas) = (try reader.strings("addresses"), try reader.strings("replicas"))
        guard addresses.count == replicas.count else {
            throw reader.missing("replicas", "as many as there are addresses")
        }
        guard let member = try reader.count("member"), addresses.indices.contains(member), member > 0 else {
            throw reader.missing("member", "a place among addresses; the first is the coordinator's")
        }
        let baseHash = try reader.string("baseHash")
        try reader.end()
        return ReplicaChange(
            transaction: transaction, method: method, params: params, coordinator: addresses[0],
            seats: zip(addresses, replicas).map { ReplicaSeat(address: $0, replica: $1) }, member: member,
            baseHash: baseHash)
    }

    /// Ballots stay far below what an addition could overflow.
    private static func ballot(_ reader: inout Parameters) throws(ControlFailure) -> Int {
        guard let ballot = try reader.count("ballot"), ballot < 1 << 40 else {
            throw reader.missing("ballot", "a whole number below 2^40")
        }
        return ballot
    }

    private static func transaction(_ reader: inout Parameters) throws(ControlFailure) -> String {
        let transaction = try reader.needed("transaction")
        try reader.end()
        return transaction
    }
}

extension Parameters {
    /// A string that must be there and say something.
    fileprivate mutating func needed(_ name: String) throws(ControlFailure) -> String {
        guard let text = try string(name), !text.isEmpty, text.utf8.count <= 256 else {
            throw missing(name, "a string of at most 256 bytes")
        }
        return text
    }
}
