internal import Cache
internal import NIOCore

/// Removes from Redis what a purge means, in steps, so that neither Redis nor the loop is kept from other work. What
/// stands in Redis under other names is not touched.
struct RedisSweep {
    let client: RedisClient

    /// Names that are looked at in one step.
    private static let step = "500"

    enum Outcome: Sendable {
        /// Everything that was meant is gone.
        case done
        /// Redis was not there, or not in time.
        case unreached
        /// It would refuse that again (an ACL); the log has its words.
        case refused

        init(_ failure: RedisFailure) {
            if case .refused(let words) = failure, RedisTrouble(error: words) == nil {
                self = .refused
            } else {
                self = .unreached
            }
        }
    }

    /// `done` is called once.
    func remove(_ selection: CacheSelection, _ done: @escaping @Sendable (Outcome) -> Void) {
        switch selection {
        case .key(let text): delete([RedisNames.entry(text.utf8)], done)
        case .tag(let text): empty(RedisNames.tag(text.utf8), done)
        case .url(let address): empty(RedisNames.address(address), done)
        case .prefix(let text): scan(RedisNames.glob(prefix: text.utf8), 0, "0", done)
        case .pattern(let pattern): scan(RedisNames.glob(pattern.spelling.utf8), 0, "0", done)
        case .all: scan(RedisNames.glob(prefix: "agent:".utf8), 0, "0", done)
        }
    }

    private func delete(_ names: [[UInt8]], _ done: @escaping @Sendable (Outcome) -> Void) {
        guard !names.isEmpty else { return done(.done) }
        var left = names.count
        var outcome = Outcome.done
        for name in names {
            // freed in a thread of Redis' own, however long it is
            client.send(RedisCommand("UNLINK", .removes, key: name)) { result in
                left -= 1
                if case .failure(let failure) = result { outcome = Outcome(failure) }
                if left == 0 { done(outcome) }
            }
        }
    }

    /// Removes all entries that a list names, then their names in it.
    private func empty(_ list: [UInt8], _ done: @escaping @Sendable (Outcome) -> Void) {
        client.send(RedisCommand("ZRANGE", key: list).with("0").with(Self.step)) { result in
            let names: [[UInt8]]
            switch result {
            case .success(let reply): names = texts(reply)
            case .failure(let failure): return done(Outcome(failure))
            }
            guard !names.isEmpty else { return done(.done) }
            delete(names) { outcome in
                guard case .done = outcome else { return done(outcome) }
                var removal = RedisCommand("ZREM", .removes, key: list)
                for name in names { removal.add(name) }
                client.send(removal) { result in
                    if case .failure(let failure) = result { return done(Outcome(failure)) }
                    empty(list, done)
                }
            }
        }
    }

    /// One node after the other, each from cursor 0 until it tells that again.
    private func scan(
        _ pattern: [UInt8], _ node: Int, _ cursor: String, _ done: @escaping @Sendable (Outcome) -> Void
    ) {
        guard node < client.nodeCount else { return done(.done) }
        let command = RedisCommand("SCAN").with(cursor).with("MATCH").with(pattern).with("COUNT").with(Self.step)
        client.send(command, toNode: node) { result in
            switch result {
            case .success(.list(let parts)) where parts.count == 2:
                guard case .bytes(let next) = parts[0] else { return done(.refused) }
                delete(texts(parts[1])) { outcome in
                    guard case .done = outcome else { return done(outcome) }
                    let cursor = String(buffer: next)
                    if cursor == "0" { scan(pattern, node + 1, "0", done) } else { scan(pattern, node, cursor, done) }
                }
            case .success: done(.refused)
            case .failure(let failure): done(Outcome(failure))
            }
        }
    }

    private func texts(_ reply: RedisReply) -> [[UInt8]] {
        guard case .list(let parts) = reply else { return [] }
        return parts.compactMap { part in
            if case .bytes(let bytes) = part { Array(bytes.readableBytesView) } else { nil }
        }
    }
}
