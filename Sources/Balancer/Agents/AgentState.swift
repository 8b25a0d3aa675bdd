internal import Settings
import Synchronization

/// What is known of an agent, shared by all loops; it outlives generations of the configuration.
///
/// Times are nanoseconds of a monotonic clock, the same clock in every call.
package final class AgentState: Sendable {
    package let changes: Changes
    /// Valid as long as this object is; a loop that keeps the pointer keeps the pool, which keeps the agents.
    nonisolated(unsafe) let figurePointer: UnsafeMutablePointer<AgentFigures>
    private let atomicHealth = Atomic<UInt8>(Health.unknown.rawValue)
    private let drained = Atomic<Bool>(false)
    private let weight = Atomic<Int>(-1)
    private let breaker = Mutex(Breaker())
    /// Of the breaker: 0 closed; else the end of its time. `.max`: the probe is on its way.
    private let until = Atomic<Int64>(0)
    private let since = Atomic<Int64>(0)
    private let atomicOpenings = Atomic<Int>(0)
    private let opened = Atomic<Int>(0)
    private let aside = Atomic<Int64>(0)
    private let leaving = Atomic<Int64>(0)
    private let overloads = Atomic<Int>(0)
    private let overloadedSince = Atomic<Int64>(0)
    private let ramp = Atomic<Int64>(0)
    private let board = Mutex(ReportBoard())
    private let reports = Atomic<Int>(0)
    private let record = Mutex(CheckRecord())
    private let limit = Mutex<AgentConcurrency?>(nil)

    package init(changes: Changes) {
        self.changes = changes
        figurePointer = Line.allocate(AgentFigures.self)
        figurePointer.initialize(to: AgentFigures())
    }

    deinit {
        figurePointer.deinitialize(count: 1)
        figurePointer.deallocate()
    }

    /// What is with it now, and what its answers tell.
    package var figures: AgentFigures {
        unsafeAddress { UnsafePointer(figurePointer) }
    }

    // MARK: Requests

    /// Requests that are with the agent now.
    package var inFlight: Int { figurePointer.pointee.inFlight.load(ordering: .relaxed) }
    /// Attempts that it answered, and those that failed, since the process began.
    package var served: Int { figurePointer.pointee.served.load(ordering: .relaxed) }
    package var failed: Int { figurePointer.pointee.failed.load(ordering: .relaxed) }
    package var consecutiveFailures: Int {
        figurePointer.pointee.consecutiveFailures.load(ordering: .relaxed)
    }

    /// Attempts and errors of the breaker's window.
    package func window(_ now: Int64, _ policy: BreakerPolicy) -> (attempts: Int, errors: Int) {
        figurePointer.pointee.window.sum(now, part: policy.part)
    }

    /// Takes one of `cap` places (0: there is no limit) for something that is no request. Whoever is given one calls
    /// `release` once.
    package func tryAcquire(cap: Int) -> Bool { figurePointer.pointee.tryAcquire(cap: cap) != nil }

    /// In one order with the look whether anybody waits that follows; on x86 it costs the same.
    package func release() { figurePointer.pointee.inFlight.wrappingSubtract(1, ordering: .sequentiallyConsistent) }

    /// Its adaptive limit, which it has from when a pool first asks for one.
    func concurrency(_ settings: ConcurrencySettings) -> AgentConcurrency {
        limit.withLock { limit in
            if let limit { return limit }
            let made = AgentConcurrency(settings)
            limit = made
            return made
        }
    }

    // MARK: How attempts end

    /// Counts how an attempt ended, and opens or closes the breaker by it.
    ///
    /// - Parameters:
    ///   - began: when the attempt did.
    ///   - isProbe: it was sent to find out whether the agent is back.
    ///   - retryAfter: nanoseconds for which the agent asked to be left alone; nil where it did not.
    package func record(
        _ outcome: Outcome, began: Int64, now: Int64, isProbe: Bool = false, retryAfter: Int64? = nil,
        _ policy: BreakerPolicy
    ) {
        count(outcome, now, policy)
        if let retryAfter, retryAfter > 0 { setAside(now, min(retryAfter, policy.longest)) }
        if isProbe {
            probed(outcome, now, policy)
        } else if outcome.isError {
            if policy.isOn, isTooMuch(now, policy) { open(now, policy) }
        } else if outcome == .success, isSetAside {
            let closed = breaker.withLock { breaker in
                defer { publish(breaker) }
                return breaker.succeeded(now, began: began)
            }
            if closed { returned(now) }
        }
    }

    private func count(_ outcome: Outcome, _ now: Int64, _ policy: BreakerPolicy) {
        switch outcome {
        case .cancelled: return
        case .failure:
            figurePointer.pointee.failed.wrappingAdd(1, ordering: .relaxed)
            figurePointer.pointee.consecutiveFailures.wrappingAdd(1, ordering: .relaxed)
        case .success:
            figurePointer.pointee.served.wrappingAdd(1, ordering: .relaxed)
            // Read before written: while all is well this line's only writes are counts.
            if consecutiveFailures != 0 { figurePointer.pointee.consecutiveFailures.store(0, ordering: .relaxed) }
        case .overloaded, .serverError:
            figurePointer.pointee.served.wrappingAdd(1, ordering: .relaxed)
        }
        figurePointer.pointee.erred(outcome.isError)
        figurePointer.pointee.window.count(now, part: policy.part, isError: outcome.isError)
    }

    private func isTooMuch(_ now: Int64, _ policy: BreakerPolicy) -> Bool {
        if policy.maxFails > 0, consecutiveFailures >= policy.maxFails { return true }
        let (attempts, errors) = window(now, policy)
        return policy.isTooMuch(attempts: attempts, errors: errors)
    }

    // MARK: Breaker

    /// 0: closed. A time that has passed: a request may find out whether the agent is back. `.max`: one is doing so.
    package var openUntil: Int64 { until.load(ordering: .acquiring) }
    package var openSince: Int64 { since.load(ordering: .relaxed) }
    /// In a row, without a quiet time between.
    package var openings: Int { atomicOpenings.load(ordering: .relaxed) }
    /// How often its breaker has opened since the process began.
    package var totalOpenings: Int { opened.load(ordering: .relaxed) }
    /// Open, or being probed.
    package var isSetAside: Bool { openUntil != 0 }
    /// Nothing but a probe may go there.
    package func isOpen(_ now: Int64) -> Bool { openUntil > now }
    package var breakerState: Breaker.State { breaker.withLock { $0.state } }

    /// The agent asked to be left alone until then; 0: it did not.
    package var asideUntil: Int64 { aside.load(ordering: .acquiring) }

    /// How long an agent is left alone that says it has too much to do, but not for how long. Of attempts that were under way
    /// at once, one counts; any other answer begins anew. Nil: not at all.
    ///
    /// - Parameter delay: nanoseconds after so many such answers in a row.
    package func pause(after outcome: Outcome, began: Int64, now: Int64, _ delay: (Int) -> Int64) -> Int64? {
        switch outcome {
        case .overloaded:
            let since = overloadedSince.load(ordering: .relaxed)
            guard began >= since,
                overloadedSince.compareExchange(expected: since, desired: max(now, 1), ordering: .relaxed).exchanged
            else { return nil }
            return delay(overloads.wrappingAdd(1, ordering: .relaxed).newValue)
        case .success:
            if overloads.load(ordering: .relaxed) != 0, began >= overloadedSince.load(ordering: .relaxed) {
                overloads.store(0, ordering: .relaxed)
            }
            return nil
        case .failure, .serverError, .cancelled: return nil
        }
    }

    /// The agent said that it goes away and comes back, and is expected to be away until then; 0: it did not.
    package var leavingUntil: Int64 { leaving.load(ordering: .acquiring) }

    /// It gets no new session until then, or until it is back. `time`: nanoseconds, at most ten minutes count.
    package func leaves(_ now: Int64, for time: Int64) {
        leaving.store(now &+ min(max(time, 0), 600_000_000_000), ordering: .releasing)
        changes.mark()
    }

    /// It has said, or shown, that it is back.
    package func isBack(_ now: Int64) {
        guard leavingUntil != 0 else { return }
        leaving.store(0, ordering: .releasing)
        startSlowly(now)
    }

    /// The place of the one request that finds out whether the agent is back.
    func takeProbe(_ now: Int64) -> Bool {
        let seen = openUntil
        guard seen != 0, seen <= now else { return false }
        return breaker.withLock { breaker in
            defer { publish(breaker) }
            return breaker.takeProbe(now)
        }
    }

    /// The probe's answer has begun, and is no error: the agent is back. How the attempt ends counts as any other's.
    func probeAnswered(_ now: Int64, _ policy: BreakerPolicy) { probed(.success, now, policy) }

    private func probed(_ outcome: Outcome, _ now: Int64, _ policy: BreakerPolicy) {
        let meaning: Breaker.Probed =
            switch outcome {
            case .success, .overloaded: .answered
            case .failure, .serverError: .failed
            case .cancelled: .nothing
            }
        // an operator may have closed it meanwhile: then the probe leads to nothing
        let (closed, hasOpened) = breaker.withLock { breaker in
            defer { publish(breaker) }
            let before = breaker.openings
            let closed = breaker.probed(meaning, now, policy, UInt64.random(in: .min ... .max))
            return (closed, breaker.openings > before)
        }
        if closed { returned(now) }
        if hasOpened { opened.wrappingAdd(1, ordering: .relaxed) }
        changes.mark()
    }

    private func open(_ now: Int64, _ policy: BreakerPolicy) {
        let hasOpened = breaker.withLock { breaker in
            defer { publish(breaker) }
            return breaker.failed(now, isTooMuch: true, policy, UInt64.random(in: .min ... .max))
        }
        guard hasOpened else { return }
        opened.wrappingAdd(1, ordering: .relaxed)
        changes.mark()
    }

    /// An operator says that it is back, whatever its breaker has found.
    package func closeBreaker(_ now: Int64) {
        guard isSetAside else { return }
        breaker.withLock { breaker in
            breaker.reset()
            publish(breaker)
        }
        returned(now)
        changes.mark()
    }

    /// Runs within the breaker's lock.
    private func publish(_ breaker: borrowing Breaker) {
        atomicOpenings.store(breaker.openings, ordering: .relaxed)
        switch breaker.state {
        case .closed: until.store(0, ordering: .releasing)
        case .open(let from, let end):
            since.store(from, ordering: .relaxed)
            until.store(max(end, 1), ordering: .releasing)
        case .probing: until.store(.max, ordering: .releasing)
        }
    }

    /// It serves again after it was away: counted from nothing, and its share rises slowly.
    private func returned(_ now: Int64) {
        figurePointer.pointee.consecutiveFailures.store(0, ordering: .relaxed)
        figurePointer.pointee.window.clear()
        figurePointer.pointee.forgetErrors()
        startSlowly(now)
        changes.mark()
    }

    private func setAside(_ now: Int64, _ time: Int64) {
        let (end, overflow) = now.addingReportingOverflow(time)
        aside.store(overflow ? .max : end, ordering: .releasing)
        changes.mark()
    }

    // MARK: Slow start

    /// When its share began to rise; 0: it never had to.
    package var rampStart: Int64 { ramp.load(ordering: .acquiring) }

    package func startSlowly(_ now: Int64) {
        ramp.store(max(now, 1), ordering: .releasing)
        changes.mark()
    }

    // MARK: Reports of its load

    /// Takes over what the agent says of itself. `period`: how often this source speaks, in nanoseconds.
    package func report(_ report: LoadReport, from source: ReportSource, period: Int64, now: Int64) {
        guard !report.isEmpty else { return }
        board.withLock { $0.add(report, from: source, period: period, now: now) }
        reports.wrappingAdd(1, ordering: .releasing)
    }

    /// Changes with every report, so that who has read the board need not lock it again.
    package var reportCount: Int { reports.load(ordering: .acquiring) }
    package var reported: ReportBoard { board.withLock { $0 } }

    // MARK: Health

    package var health: Health { Health(rawValue: atomicHealth.load(ordering: .acquiring)) ?? .unknown }

    /// - Parameter now: for an agent that is back after it was down; its share rises from then on.
    package func publish(_ health: Health, now: Int64) {
        let before = atomicHealth.exchange(health.rawValue, ordering: .releasing)
        guard before != health.rawValue else { return }
        if health == .up { isBack(now) }
        if before == Health.down.rawValue, health == .up {
            figurePointer.pointee.forgetErrors()
            startSlowly(now)
        }
        changes.mark()
    }

    /// What the checks behind `health` said last.
    package var checks: CheckRecord { record.withLock { $0 } }

    /// How long after its breaker's time a passed check stands in for the request that would find out.
    private static let patience: Int64 = 5_000_000_000

    /// A check passed. Where all requests are bound to others, none ever comes that may find out whether it is back.
    package func checkPassed(now: Int64) {
        record.withLock { $0.passed() }
        let until = openUntil
        guard until != 0, until != .max, now &- until > Self.patience else { return }
        let closed = breaker.withLock { breaker in
            defer { publish(breaker) }
            return breaker.takeProbe(now) && breaker.probed(.answered, now, BreakerPolicy(), 0)
        }
        if closed { returned(now) }
    }

    package func checkFailed(_ reason: String, isRefusal: Bool = false, now: Int64) {
        record.withLock { $0.failed(reason, isRefusal: isRefusal, now) }
    }

    // MARK: By hand

    /// An operator wants it to get nothing new; what it has it may finish.
    package var isDrained: Bool { drained.load(ordering: .acquiring) }
    /// A weight that an operator set, in place of the configured one; nil: none.
    package var handWeight: Int? {
        let set = weight.load(ordering: .acquiring)
        return set < 0 ? nil : set
    }

    package func setDrained(_ value: Bool, now: Int64 = 0) {
        guard drained.exchange(value, ordering: .releasing) != value else { return }
        if !value, now > 0 { startSlowly(now) }
        changes.mark()
    }

    package func setHandWeight(_ value: Int?) {
        weight.store(value.map { max($0, 0) } ?? -1, ordering: .releasing)
        changes.mark()
    }
}
