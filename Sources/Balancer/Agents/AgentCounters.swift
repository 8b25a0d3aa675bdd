import Synchronization

/// The part of an agent's state that requests write, alone on its cache lines.
///
/// Any loop may touch any of these at any time. Each is true by itself; no two are kept in step, so relaxed ordering
/// is enough, and what is read is only ever used to choose.
struct AgentCounters: ~Copyable {
    let inFlight = Atomic<Int>(0)
    let served = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    /// Since the last success.
    let consecutiveFailures = Atomic<Int>(0)

    /// Takes a place if there is one. A cap of 0 is none.
    @inline(__always)
    borrowing func tryAcquire(cap: Int) -> Bool {
        guard cap > 0 else {
            inFlight.wrappingAdd(1, ordering: .relaxed)
            return true
        }
        var seen = inFlight.load(ordering: .relaxed)
        while seen < cap {
            let (exchanged, original) = inFlight.weakCompareExchange(
                expected: seen, desired: seen + 1, ordering: .relaxed)
            if exchanged { return true }
            seen = original
        }
        return false
    }
}
