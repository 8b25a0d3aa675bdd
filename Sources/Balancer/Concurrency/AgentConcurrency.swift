import Settings
import Synchronization

/// One agent's adaptive limit, shared by all loops: fed by answers, read by picks. It outlives generations.
package final class AgentConcurrency: Sendable {
    private let machine: Mutex<GradientLimit>
    private let current: Atomic<Int>

    package init(_ settings: ConcurrencySettings, now: Int64 = 0, seed: UInt64 = .random(in: .min ... .max)) {
        let machine = GradientLimit(settings, now: now, seed: seed)
        current = Atomic(machine.limit)
        self.machine = Mutex(machine)
    }

    /// Requests that the agent is to have at once, at most: one relaxed load.
    @inline(__always)
    package var limit: Int { current.load(ordering: .relaxed) }

    /// Nanoseconds; nil while nothing is known.
    package var base: Int64? { machine.withLock { $0.base } }

    /// The first byte of an answer has come. A loop that meets another here goes on without: a sample more or less does
    /// not matter.
    ///
    /// - Parameter settings: of the pool by which the request came; they hold from now on.
    package func answered(started: Int64, inFlight: Int, now: Int64, _ settings: ConcurrencySettings) {
        _ = machine.withLockIfAvailable {
            $0.adopt(settings)
            $0.answered(started: started, inFlight: inFlight, now: now)
            publish($0.limit)
        }
    }

    /// The agent said that it has too much to do.
    package func refused(now: Int64) {
        machine.withLock {
            $0.refused(now: now)
            publish($0.limit)
        }
    }

    /// Written where it changed: every pick reads this line.
    private func publish(_ limit: Int) {
        if current.load(ordering: .relaxed) != limit { current.store(limit, ordering: .relaxed) }
    }
}
