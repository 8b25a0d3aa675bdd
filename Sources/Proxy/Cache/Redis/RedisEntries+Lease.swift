package import Cache
package import NIOCore

/// One fetch for all replicas: who holds the lease of a name fetches, the others look whether the answer has come.
extension RedisEntries {
    package enum Leasing: Sendable, Equatable {
        /// We fetch; the lease is ours until then.
        case ours(until: NIODeadline)
        /// Another replica does.
        case held
        /// Nobody can tell.
        case unknown
    }

    /// How often it is looked whether what another replica fetches has come.
    private static let lookEvery = TimeAmount.milliseconds(25)

    /// Takes the lease of a name, for so long.
    package func lease(_ name: CacheName, milliseconds: Int64, _ done: @escaping (Leasing) -> Void) {
        let end = NIODeadline.now() + .milliseconds(milliseconds)
        client.set(RedisNames.lease(name), "1".utf8, milliseconds: milliseconds, onlyNew: true) { result in
            switch result {
            case .success(true): done(.ours(until: end))
            case .success(false): done(.held)
            case .failure: done(.unknown)
            }
        }
    }

    /// Gives a lease back: the answer has come, or will not come. Where it has run out it may be another's, and is left.
    package func release(_ name: CacheName, _ lease: Leasing) {
        guard case .ours(let end) = lease else { return }
        // whoever sees that it is given back looks for the answer
        afterStoring(name) { [self] in
            guard NIODeadline.now() + .milliseconds(100) < end else { return }
            client.delete(RedisNames.lease(name))
        }
    }

    /// Waits for what another replica fetches. A miss: its fetch has come to nothing, or nobody waits any longer.
    package func follow(
        _ name: CacheName, until: NIODeadline, selecting: @escaping ([[UInt8]]) -> [UInt8]?,
        _ done: @escaping (Found) -> Void
    ) {
        // asked before the answer is looked for: one that came in between is found
        client.get(RedisNames.lease(name)) { [self] result in
            var isHeld = false
            if case .success(.some) = result { isHeld = true }
            find(name, selecting: selecting) { [self] found in
                guard case .miss = found, isHeld, NIODeadline.now() + Self.lookEvery < until else { return done(found) }
                let again = NIOLoopBound((selecting, done), eventLoop: client.eventLoop)
                client.eventLoop.scheduleTask(in: Self.lookEvery) {
                    self.follow(name, until: until, selecting: again.value.0, again.value.1)
                }
            }
        }
    }
}
