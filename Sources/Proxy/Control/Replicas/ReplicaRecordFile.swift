internal import Glibc
package import Settings

/// Votes in a small JSON file beside the history.
package struct ReplicaRecordFile: ReplicaRecords {
    package let path: String
    private let disk: DiskCalls

    /// - Parameters:
    ///   - folder: of the history; empty where there is none. Replicas that share a mounted file share it too.
    ///   - listen: `admin.listen`, which with the host's name tells those apart, and stays the same from start to
    ///     start.
    package init(in folder: String, listen: ListenAddress, disk: DiskCalls = .real) {
        let name = "votes.\(ConfigFile.hash(Array("\(Self.host()) \(listen.spelling)".utf8)).prefix(16))"
        self.init(folder.isEmpty ? "" : FilePlace.joined(folder, name), disk: disk)
    }

    package init(_ path: String, disk: DiskCalls = .real) {
        self.path = path
        self.disk = disk
    }

    package func load() -> ReplicaRecord {
        guard case .bytes(let bytes) = FileReading.read(path),
            let node = try? JSONReader.read(bytes, source: path, dialect: .strict)
        else { return ReplicaRecord() }
        return ReplicaRecord(node)
    }

    package func save(_ record: ReplicaRecord) throws {
        guard !path.isEmpty else { throw ControlFailure.invalid("there is no file to change") }
        let (folder, name) = FilePlace.split(path)
        let temporary = FilePlace.temporary(folder, name)
        try disk.makeFolder(folder)
        try disk.write(Array((record.node.json + "\n").utf8), to: temporary)
        do throws(DiskCalls.Failure) {
            try disk.rename(temporary, to: path)
        } catch {
            disk.remove(temporary)
            throw error
        }
        disk.syncFolder(folder)
    }

    private static func host() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension ReplicaRecord {
    var node: Node {
        var members: [(String, Node)] = [("replica", .string(replica)), ("committed", .strings(committed))]
        if let vote { members.append(("vote", vote.node)) }
        return .object(members)
    }

    /// What cannot be read is not there.
    init(_ node: Node) {
        vote = node.member("vote").flatMap(ReplicaVote.init)
        replica = node["replica"]?.string ?? ""
        committed = node["committed"]?.elements?.compactMap(\.string) ?? []
    }
}

extension ReplicaVote {
    var node: Node {
        var members: [(String, Node)] = [
            ("transaction", .string(transaction)), ("addresses", .strings(self.members.map(\.address))),
            ("replicas", .strings(self.members.map(\.replica))), ("member", .int(member)),
            ("promised", .int(promised)),
        ]
        if let accepted { members.append(("accepted", accepted.node)) }
        return .object(members)
    }

    init?(_ node: Node) {
        guard let transaction = node["transaction"]?.string, let member = node["member"]?.int,
            let addresses = node["addresses"]?.elements?.compactMap(\.string), addresses.indices.contains(member),
            let replicas = node["replicas"]?.elements?.compactMap(\.string), replicas.count == addresses.count,
            let promised = node["promised"]?.int, ReplicaVote.ballots.contains(promised)
        else { return nil }
        var accepted: Accepted?
        if let last = node.member("accepted") {
            guard let known = Accepted(last) else { return nil }
            accepted = known
        }
        let members = zip(addresses, replicas).map { ReplicaSeat(address: $0, replica: $1) }
        self.init(transaction, members: members, member: member, promised: promised, accepted: accepted)
    }
}

extension ReplicaVote.Accepted {
    var node: Node { .object([("ballot", .int(ballot)), ("decision", .string(decision.rawValue))]) }

    init?(_ node: Node) {
        guard let ballot = node["ballot"]?.int, ReplicaVote.ballots.contains(ballot),
            let decision = node["decision"]?.string.flatMap(ReplicaVote.Decision.init)
        else { return nil }
        self.init(ballot: ballot, decision: decision)
    }
}
