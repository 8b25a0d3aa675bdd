internal import NIOCore
internal import NIOPosix
internal import Settings

/// The replicas that `admin.peers` names, before anybody has been greeted.
package struct ReplicaPeers: Sendable {
    /// One name, with the addresses that it stands for, by kind (IPv4, IPv6, Unix).
    package struct Group: Sendable, Equatable {
        package var name: String
        package var kinds: [[String]]

        package init(name: String, kinds: [[String]]) {
            self.name = name
            self.kinds = kinds
        }
    }

    package var groups: [Group]

    package init(groups: [Group]) { self.groups = groups }

    /// Looks the names up: off the loops, for the system's resolver blocks.
    ///
    /// - Parameter port: of names that say none: that of `admin.listen`.
    package static func find(_ names: [PeerName], port: Int) async -> ReplicaPeers {
        var groups: [Group] = []
        for name in names {
            switch name {
            case .unix: groups.append(Group(name: name.spelling, kinds: [[name.spelling]]))
            case .host(let host, let own):
                let found = try? await NIOThreadPool.singleton.runIfActive { addresses(host, own ?? port) }
                groups.append(Group(name: name.spelling, kinds: kinds(found ?? [])))
            }
        }
        return ReplicaPeers(groups: groups)
    }

    private static func addresses(_ host: String, _ port: Int) -> [SocketAddress] {
        if let literal = try? SocketAddress(ipAddress: host, port: port) { return [literal] }
        return HostLookup.addresses(host, port)
    }

    private static func kinds(_ addresses: [SocketAddress]) -> [[String]] {
        var four: [String] = []
        var six: [String] = []
        for address in addresses {
            guard let host = address.ipAddress, let port = address.port else { continue }
            let spelling = ListenAddress.tcp(host: host, port: port).spelling
            if case .v6 = address { six.append(spelling) } else { four.append(spelling) }
        }
        return [four, six].filter { !$0.isEmpty }
    }

    // MARK: the roll

    /// A replica that answered.
    struct Present: Sendable, Equatable {
        var address: String
        var instance: String
        var epoch: String
        var replica: String
    }

    /// Who is there, each once, whatever number of its addresses was named; and who is not, with the reason.
    struct Roll: Sendable {
        /// With the address that it was found at, if it was.
        var own: Present
        /// The others.
        var present: [Present] = []
        var missing: [ReplicaReport.Row] = []
    }

    /// Greets every address. Where a name has addresses of two kinds and nobody answers on one kind, replicas do not
    /// listen on that kind; where nobody answers at all, or one of several of a kind does not, a replica is missing.
    ///
    /// - Parameter own: this replica, whether or not it is among them.
    func callRoll(_ own: Present, _ surroundings: any ReplicaSurroundings, within limit: Duration) async -> Roll {
        let addresses = Array(Set(groups.flatMap { $0.kinds.joined() })).sorted()
        var answers: [String: Result<Present, RPCFailure>] = [:]
        await ReplicaPoll.ask(addresses.indices) { place in
            await Self.greet(addresses[place], surroundings, limit)
        } _: { place, answer in
            answers[addresses[place]] = answer
            return false
        }
        var roll = Roll(own: own)
        for group in groups { add(group, answers, to: &roll) }
        return roll
    }

    private func add(_ group: Group, _ answers: [String: Result<Present, RPCFailure>], to roll: inout Roll) {
        let alive = group.kinds.filter { kind in kind.contains { (try? answers[$0]?.get()) != nil } }
        if group.kinds.isEmpty {
            roll.missing.append(ReplicaReport.Row(group.name, .unreachable, "\(group.name) has no address"))
        }
        for address in (alive.isEmpty ? group.kinds : alive).joined() {
            switch answers[address] {
            case .success(let replica):
                if replica.instance == roll.own.instance {
                    roll.own.address = address
                } else if !roll.present.contains(where: { $0.instance == replica.instance }) {
                    let twin = ([roll.own] + roll.present).first { $0.replica == replica.replica }
                    if let twin { roll.missing.append(ReplicaReport.Row(address, .refused, Self.twin(twin.address))) }
                    roll.present.append(replica)
                }
            case .failure(let failure):
                if !roll.missing.contains(where: { $0.address == address }) {
                    roll.missing.append(ReplicaReport.Row(address, failure))
                }
            case nil: break
            }
        }
    }

    /// Two processes with one memory of their votes.
    private static func twin(_ address: String) -> String {
        "it keeps its votes in the same file as \(address); give replicas that share a folder host names of their own,"
            + " or an admin.listen each"
    }

    private static func greet(
        _ address: String, _ surroundings: any ReplicaSurroundings, _ limit: Duration
    ) async -> Result<Present, RPCFailure> {
        do throws(RPCFailure) {
            let answer = try await surroundings.call(address, "replica.hello", .object([]), within: limit)
            guard let instance = answer["instance"]?.string, let epoch = answer["epoch"]?.string,
                let replica = answer["replica"]?.string
            else {
                return .failure(.broken("\(address) is no replica: it does not say who it is"))
            }
            return .success(Present(address: address, instance: instance, epoch: epoch, replica: replica))
        } catch {
            return .failure(error)
        }
    }
}
