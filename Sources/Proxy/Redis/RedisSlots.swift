internal import NIOCore
package import Settings

/// Which node of a cluster has which slots, as far as is known. A value.
package struct RedisSlots: Sendable {
    /// More nodes than anybody has; what is told beyond them is not learnt.
    package static let mostNodes = 512
    private static let unknown = UInt16.max

    package private(set) var nodes: [RedisHost] = []
    /// Of each slot, the place in `nodes`.
    private var owners = [UInt16](repeating: unknown, count: RedisSlot.count)

    package init() {}

    /// Out of the reply to `CLUSTER SLOTS`: lists of first slot, last slot, the master's host, port and more, replicas.
    ///
    /// - Parameter teller: the host of the node that says it, for nodes that are told without one.
    package init?(_ reply: RedisReply, teller: String) {
        guard case .list(let ranges) = reply, !ranges.isEmpty else { return nil }
        for range in ranges {
            guard case .list(let parts) = range, parts.count >= 3, case .integer(let first) = parts[0],
                case .integer(let last) = parts[1], case .list(let master) = parts[2], master.count >= 2,
                case .integer(let port) = master[1], 0 <= first, first <= last, last < RedisSlot.count,
                (1...65_535).contains(port)
            else { continue }
            var name = teller
            if case .bytes(let told) = master[0], told.readableBytes > 0 { name = String(buffer: told).lowercased() }
            guard let node = place(of: RedisHost(name, Int(port))) else { continue }
            for slot in Int(first)...Int(last) { owners[slot] = node }
        }
        if nodes.isEmpty { return nil }
    }

    package func owner(of slot: Int) -> RedisHost? {
        owners.indices.contains(slot) && owners[slot] != Self.unknown ? nodes[Int(owners[slot])] : nil
    }

    package mutating func moved(_ slot: Int, to host: RedisHost) {
        guard owners.indices.contains(slot), let node = place(of: host) else { return }
        owners[slot] = node
    }

    private mutating func place(of host: RedisHost) -> UInt16? {
        if let known = nodes.firstIndex(of: host) { return UInt16(known) }
        guard nodes.count < Self.mostNodes else { return nil }
        nodes.append(host)
        return UInt16(nodes.count - 1)
    }
}
