internal import Cache
internal import NIOCore
internal import Telemetry

/// Redis as one layer of several.
extension RedisLayer: DistantLayer {
    func find(
        _ name: CacheName, on loop: Loop, selecting: @escaping ([[UInt8]]) -> [UInt8]?,
        _ done: @escaping ([StoredAnswer], CacheLookup) -> Void
    ) {
        find(name, on: loop, selecting: selecting) { found in
            switch found {
            case .hit(let answer): done([answer], .hit)
            case .miss, .purged: done([], .miss)
            case .late, .unavailable, .unreadable: done([], .error)
            }
        }
    }

    func purge(_ purge: Purge, secret: [UInt8]) async -> PurgeOutcome {
        await withCheckedContinuation { continuation in
            self.purge(purge) { outcome in
                switch outcome {
                case .told(let replicas): continuation.resume(returning: PurgeOutcome(replicas: replicas))
                case .owed:
                    continuation.resume(
                        returning: PurgeOutcome(
                            warning: "Redis cannot be reached: it is told, and other replicas by it, when it is back"))
                }
            }
        }
    }

    func prepare(on loop: any EventLoop) { _ = entries(on: loop) }

    var facts: DistantFacts {
        var facts = DistantFacts()
        facts.trouble = trouble
        facts.epoch = epoch
        return facts
    }
}
