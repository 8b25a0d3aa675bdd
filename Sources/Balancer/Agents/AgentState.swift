internal import Settings
import Synchronization

/// What is known of an agent, shared by all loops; it outlives generations of the configuration.
///
/// Times are nanoseconds of a monotonic clock, the same clock in every call.
package final class AgentState: Sendable {
    package let changes: Changes
    /// Valid as long as this object is; a loop that keeps the pointer keeps the pool, which keeps the agents.
    nonisolated(unsafe) let counters: UnsafeMutablePointer<AgentCounters>
    private let atomicHealth = Atomic<UInt8>(Health.unknown.rawValue)
    private let drained = Atomic<Bool>(false)
    private let until = Atomic<Int64>(0)
    private let since = Atomic<Int64>(0)
    private let atomicEjections = Atomic<Int>(0)
    private let record = Mutex(CheckRecord())

    package init(changes: Changes) {
        self.changes = changes
        counters = Line.allocate(AgentCounters.self)
        counters.initialize(to: AgentCounters())
    }

    deinit {
        counters.deinitialize(count: 1)
        counters.deallocate()
    }

    // MARK: Requests

    /// Requests that are with the agent now.
    package var inFlight: Int { counters.pointee.inFlight.load(ordering: .relaxed) }
    /// Attempts that it answered, and those that failed, since the process began.
    package var served: Int { counters.pointee.served.load(ordering: .relaxed) }
    package var failed: Int { counters.pointee.failed.load(ordering: .relaxed) }
    package var consecutiveFailures: Int { counters.pointee.consecutiveFailures.load(ordering: .relaxed) }

    /// Takes one of `cap` places (0: there is no limit). Whoever is given one calls `release` once.
    package func tryAcquire(cap: Int) -> Bool { counters.pointee.tryAcquire(cap: cap) }

    package func release() { counters.pointee.inFlight.wrappingSubtract(1, ordering: .relaxed) }

    /// Counts how an attempt ended, and ejects the agent or ends its ejection.
    package func record(_ outcome: Outcome, now: Int64, _ ejection: Ejection) {
        switch outcome {
        case .success:
            counters.pointee.served.wrappingAdd(1, ordering: .relaxed)
            // Read before written: while all is well this line's only writes are counts.
            if consecutiveFailures != 0 { forgive() }
        case .overloaded:
            counters.pointee.served.wrappingAdd(1, ordering: .relaxed)
        case .failure:
            counters.pointee.failed.wrappingAdd(1, ordering: .relaxed)
            let inARow = counters.pointee.consecutiveFailures.wrappingAdd(1, ordering: .relaxed).newValue
            if ejection.maxFails > 0, inARow >= ejection.maxFails { eject(now, ejection) }
        case .cancelled:
            break
        }
    }

    // MARK: Ejection

    /// 0: not ejected. A time that has passed: it may serve, and the next failure ejects it for longer.
    package var ejectedUntil: Int64 { until.load(ordering: .acquiring) }
    package var ejectedSince: Int64 { since.load(ordering: .relaxed) }
    /// In a row, without a success between.
    package var ejections: Int { atomicEjections.load(ordering: .relaxed) }

    package func isEjected(_ now: Int64) -> Bool { ejectedUntil > now }

    /// Failures during an ejection are of requests that began before it, or of a panic: they do not lengthen it.
    private func eject(_ now: Int64, _ ejection: Ejection) {
        let seen = until.load(ordering: .relaxed)
        guard seen <= now else { return }
        let length = ejection.duration(ejections + 1)
        let (end, overflow) = now.addingReportingOverflow(max(length, 1))
        // Of loops that fail at the same moment one ejects, so the count goes up by one.
        guard until.compareExchange(expected: seen, desired: overflow ? .max : end, ordering: .releasing).exchanged
        else { return }
        since.store(now, ordering: .relaxed)
        atomicEjections.wrappingAdd(1, ordering: .relaxed)
        changes.mark()
    }

    private func forgive() {
        counters.pointee.consecutiveFailures.store(0, ordering: .relaxed)
        atomicEjections.store(0, ordering: .relaxed)
        if until.exchange(0, ordering: .releasing) != 0 { changes.mark() }
    }

    // MARK: Health and drain

    package var health: Health { Health(rawValue: atomicHealth.load(ordering: .acquiring)) ?? .unknown }

    package func publish(_ health: Health) {
        let before = atomicHealth.exchange(health.rawValue, ordering: .releasing)
        if before != health.rawValue { changes.mark() }
    }

    /// What the checks behind `health` said last.
    package var checks: CheckRecord { record.withLock { $0 } }

    package func checkPassed() { record.withLock { $0.passed() } }
    package func checkFailed(_ reason: String, now: Int64) { record.withLock { $0.failed(reason, now) } }

    /// An operator wants it to get nothing new; what it has it may finish.
    package var isDrained: Bool { drained.load(ordering: .acquiring) }

    package func setDrained(_ value: Bool) {
        if drained.exchange(value, ordering: .releasing) != value { changes.mark() }
    }
}
