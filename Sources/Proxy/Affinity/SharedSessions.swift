internal import Balancer
internal import NIOCore
internal import Settings

/// Sessions that replicas share through Redis: `claw:session:SESSION` holds the agent, both as 16 hexadecimal digits.
///
/// Nobody waits for it longer than a command may take, and nothing fails by it: where Redis is away, each replica goes by
/// what it knows, and by the key's hash, which is the same everywhere.
struct SharedSessions {
    let client: RedisClient

    /// The agent of a session, as another replica wrote it down; nil where none did, or nobody answers in time.
    func owner(of session: UInt64, _ done: @escaping (UInt64?) -> Void) {
        client.get(Self.key(session)) { result in
            guard case .success(let bytes?) = result else { return done(nil) }
            done(UInt64(String(buffer: bytes), radix: 16))
        }
    }

    /// Writes a session down.
    ///
    /// - Parameter isNew: it was unknown: whoever was first is right, and `done` is told who that was.
    func bind(
        _ session: UInt64, to agent: UInt64, ttl: Int64, isNew: Bool, _ done: @escaping (UInt64) -> Void = { _ in }
    ) {
        let milliseconds = ttl / 1_000_000
        client.set(Self.key(session), Self.text(agent).utf8, milliseconds: milliseconds, onlyNew: isNew) { result in
            guard isNew, case .success(false) = result else { return }
            owner(of: session) { if let first = $0 { done(first) } }
        }
    }

    private static func key(_ session: UInt64) -> [UInt8] { Array("claw:session:\(text(session))".utf8) }

    private static func text(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Loop {
    /// Where sessions are shared now; nil where they are not, or Redis is away.
    var sharedSessions: SharedSessions? {
        guard let redis, redis.isUsable else { return nil }
        return SharedSessions(client: redis)
    }

    /// Connects to the Redis that a generation names, unless that is the one that is connected.
    func follow(_ settings: RedisSettings) {
        guard settings != redisSettings else { return }
        redisSettings = settings
        redis?.stop()
        redis = process.redis(settings)?.client(on: eventLoop)
        redis?.start()
    }
}
