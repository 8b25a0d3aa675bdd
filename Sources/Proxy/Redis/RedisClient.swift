package import NIOCore
internal import Settings

/// One loop's way to a Redis, or to all nodes of a cluster: commands are pipelined, each is waited for a short time,
/// and none ever throws or waits for a connection. Everything happens on the loop; answers too, and those that are
/// known at once (`.unavailable`, `.busy`) before `send` returns.
///
/// Whether it is a cluster nobody has to say: it is from the first `MOVED` on.
package final class RedisClient: @unchecked Sendable {
    package typealias Done = (Result<RedisReply, RedisFailure>) -> Void

    /// More than these mean that the nodes do not agree.
    private static let mostHops = 5
    /// The slots are asked for once in this time, in nanoseconds.
    private static let learnEvery: Int64 = 1_000_000_000

    package let eventLoop: any EventLoop
    private let redis: Redis
    private let home: RedisNode
    private var slots: RedisSlots?
    private var nodes: [RedisHost: RedisNode] = [:]
    private var learnt: Int64 = 0
    private var isStopped = false

    init(_ redis: Redis, _ eventLoop: any EventLoop) {
        self.redis = redis
        self.eventLoop = eventLoop
        home = RedisNode(redis, on: eventLoop)
    }

    // MARK: for those who use it

    /// Connects; from anywhere.
    package func start() { home.start() }

    /// Ends for good; from anywhere. What is under way is `.unavailable`.
    package func stop() {
        eventLoop.execute {
            self.isStopped = true
            self.home.stop()
            for node in self.nodes.values { node.stop() }
            self.nodes = [:]
        }
    }

    /// Whether a command would be sent now, as far as that is known.
    package var isUsable: Bool { home.isUsable || nodes.values.contains { $0.isUsable } }

    /// Sends a command. `done` is called once, on the loop.
    package func send(_ command: RedisCommand, _ done: @escaping Done) {
        eventLoop.assertInEventLoop()
        send(command, to: node(for: command), hops: 0, done)
    }

    /// How many nodes have keys; of a cluster, as far as is known now.
    package var nodeCount: Int { max(slots?.nodes.count ?? 1, 1) }

    /// Sends to one of `nodeCount` nodes, from 0, whatever the command is about.
    package func send(_ command: RedisCommand, toNode index: Int, _ done: @escaping Done) {
        guard let known = slots?.nodes else { return home.send(command, done) }
        guard known.indices.contains(index) else { return done(.failure(.unavailable)) }
        node(at: known[index]).send(command, done)
    }

    // MARK: a cluster

    private func node(for command: RedisCommand) -> RedisNode {
        guard let slots else { return home }
        if let slot = command.slot { return slots.owner(of: slot).map(node(at:)) ?? home }
        return home.isUsable ? home : nodes.values.first { $0.isUsable } ?? home
    }

    private func node(at host: RedisHost) -> RedisNode {
        if let known = nodes[host] { return known }
        let made = RedisNode(redis, node: host, on: eventLoop)
        nodes[host] = made
        if !isStopped { made.start() }
        return made
    }

    private func send(_ command: RedisCommand, to node: RedisNode, hops: Int, _ done: @escaping Done) {
        node.send(command) { [self] result in
            switch result {
            case .failure(.moved(let redirect)): follow(redirect, command, hops, done)
            case .failure(.unavailable) where slots != nil:
                // its node may be gone, and another have its slots
                learn()
                done(result)
            default: done(result)
            }
        }
    }

    private func follow(_ redirect: RedisRedirect, _ command: RedisCommand, _ hops: Int, _ done: @escaping Done) {
        guard hops < Self.mostHops else { return done(.failure(.unavailable)) }
        var host = redirect.host
        if host.name.isEmpty, let name = redis.homeHost?.name { host.name = name }
        let target = node(at: host)
        if redirect.isAsk {
            target.send(RedisCommand("ASKING")) { _ in }
        } else {
            slots = slots ?? RedisSlots()
            slots?.moved(redirect.slot, to: host)
            learn()
        }
        send(command, to: target, hops: hops + 1, done)
    }

    /// Asks who has which slots.
    private func learn() {
        let now = Int64(NIODeadline.now().uptimeNanoseconds)
        guard now - learnt >= Self.learnEvery, !isStopped else { return }
        learnt = now
        let asked = home.isUsable ? home : nodes.values.first { $0.isUsable }
        asked?.send(RedisCommand("CLUSTER").with("SLOTS")) { [self] result in
            guard case .success(let reply) = result,
                let fresh = RedisSlots(reply, teller: redis.homeHost?.name ?? "localhost")
            else { return }
            slots = fresh
            for (host, node) in nodes where !fresh.nodes.contains(host) {
                node.retire()
                nodes[host] = nil
            }
            // connected before they are needed
            for host in fresh.nodes { _ = node(at: host) }
        }
    }
}
