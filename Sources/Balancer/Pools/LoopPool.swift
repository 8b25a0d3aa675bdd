/// One loop's view of a pool: picks agents, and remembers what the strategy needs to. Never shared between loops.
///
/// A pick allocates nothing, and locks nothing but the counter of the agent it chooses.
package final class LoopPool {
    package let pool: Pool
    /// In memory of its own, so that a pick pays for no checks of exclusive access.
    private let core: UnsafeMutablePointer<LoopPoolCore>

    package init(_ pool: Pool, seed: UInt64) {
        self.pool = pool
        core = .allocate(capacity: 1)
        core.initialize(to: LoopPoolCore(pool, seed: seed))
    }

    deinit {
        core.pointee.free()
        core.deinitialize(count: 1)
        core.deallocate()
    }

    /// Chooses an agent and takes a place with it.
    @inline(__always)
    package func pick(_ ask: borrowing Ask) -> Pick {
        core.pointee.pick(ask, self)
    }

    /// Whether, at the last pick, so few were available that all were used.
    package var isPanic: Bool { core.pointee.availability.isPanic }
}
