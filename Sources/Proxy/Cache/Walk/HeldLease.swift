internal import Cache
internal import NIOCore

/// The right to fetch something for all replicas, until it is given back or runs out.
struct HeldLease {
    let entries: RedisEntries
    let name: CacheName
    let leasing: RedisEntries.Leasing

    /// After what was stored, over the same connection: who waits finds it.
    func release() { entries.release(name, leasing) }
}
