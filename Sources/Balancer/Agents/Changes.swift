import Synchronization

/// Counts the changes of who can serve, in the whole process: an ejection, a verdict of health, a drain.
///
/// A loop looks at the agents of a pool again only after this number has moved, so that a pick does not touch the
/// memory of agents it does not choose. It lives as long as the agents do, over all generations.
package final class Changes: Sendable {
    /// On a cache line of its own: read on every pick of every loop, written a few times a minute.
    nonisolated(unsafe) let count: UnsafeMutablePointer<Atomic<UInt64>>

    package init() {
        count = Line.allocate(Atomic<UInt64>.self)
        count.initialize(to: Atomic(1))
    }

    deinit {
        count.deinitialize(count: 1)
        count.deallocate()
    }

    /// Call after what changed is stored.
    package func mark() { count.pointee.wrappingAdd(1, ordering: .releasing) }
}
