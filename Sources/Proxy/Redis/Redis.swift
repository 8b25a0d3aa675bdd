package import Logging
package import NIOCore
package import Settings
internal import Synchronization

/// One Redis (or a cluster) as the whole process knows it: how it is reached, whether it is of use, and one line in the
/// log when that changes, whatever number of loops notice it. Its clients, one a loop, do the talking.
package final class Redis: Sendable {
    private struct Standing {
        /// Of the connections that have one.
        var troubles: [Int: RedisTrouble] = [:]
        /// What the log said since all was well, the last one last: each kind is told once, whoever has it again.
        var told: [RedisTrouble] = []
        var wasUp = false
        var next = 0
        /// Words of refusals that were told, and when (monotonic nanoseconds).
        var refusals: [String: Int64] = [:]
    }

    /// The same refusal is told once in this time, in nanoseconds.
    private static let refusalEvery: Int64 = 60_000_000_000
    private static let mostRefusals = 32

    package let settings: RedisSettings
    let dial: RedisDial
    private let log: Logger
    private let standing = Mutex(Standing())

    package init(_ settings: RedisSettings, resolver: Resolver, log: Logger) {
        self.settings = settings
        self.log = log
        dial = RedisDial(settings: settings, resolver: resolver)
    }

    /// Why it is of no use, as the log said last; nil where all is well, or nobody has tried yet.
    package var trouble: RedisTrouble? { standing.withLock { $0.told.last } }

    /// A connection of its own for a loop. Begins to connect at `start`.
    package func client(on loop: any EventLoop) -> RedisClient { RedisClient(self, loop) }

    /// Where the settings say it is; nil for a socket of this machine and for sentinels.
    var homeHost: RedisHost? {
        guard case .tcp(let host, let port) = settings.endpoint?.place else { return nil }
        return RedisHost(host, port)
    }

    /// For a connection: troubles are told by it.
    func takeNumber() -> Int {
        standing.withLock { standing in
            standing.next += 1
            return standing.next
        }
    }

    // MARK: what clients tell

    /// Nil: commands are answered.
    ///
    /// - Parameter label: before the reason, for one of several nodes.
    func report(_ client: Int, _ trouble: RedisTrouble?, _ label: String = "") {
        enum Line {
            case down(RedisTrouble)
            case up(again: Bool)
        }
        let line = standing.withLock { standing -> Line? in
            standing.troubles[client] = trouble
            if let trouble {
                if standing.told.contains(where: { $0.isSame(as: trouble) }) { return nil }
                standing.told.append(trouble)
                return .down(trouble)
            }
            guard standing.troubles.isEmpty, !standing.told.isEmpty || !standing.wasUp else { return nil }
            defer {
                standing.told = []
                standing.wasUp = true
            }
            return .up(again: standing.wasUp)
        }
        switch line {
        case .down(let trouble):
            log.warning(
                "redis is of no use", metadata: facts(["reason": label + trouble.reason, "hint": trouble.hint]))
        case .up(let again): log.notice(again ? "redis is back" : "redis is in use", metadata: facts([:]))
        case nil: break
        }
    }

    func forget(_ client: Int) { standing.withLock { $0.troubles[client] = nil } }

    /// A command was refused, and others may do.
    func refused(_ words: String) {
        let now = LogClock.now().monotonic
        let key = String(words.prefix { $0 != " " })
        let isNew = standing.withLock { standing in
            if let told = standing.refusals[key], now - told < Self.refusalEvery { return false }
            if standing.refusals.count >= Self.mostRefusals { standing.refusals = [:] }
            standing.refusals[key] = now
            return true
        }
        if isNew { log.warning("redis refused a command", metadata: facts(["reason": words])) }
    }

    private func facts(_ more: [String: String]) -> Logger.Metadata {
        var facts: Logger.Metadata = ["endpoint": "\(settings.endpoint?.spelling ?? "none")"]
        for (key, text) in more { facts[key] = .string(Quoted.oneLine(text)) }
        return facts
    }
}
