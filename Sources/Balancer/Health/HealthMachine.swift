import Settings

/// Turns the answers to health checks into a verdict on one agent, and says when to ask next.
///
/// One machine an agent, kept by whoever asks; it does not ask itself. Ask first at once, then after `delay` each time.
package struct HealthMachine: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// Not asked enough yet; in use meanwhile. Passed: `up`. Failed: stays, until `failThreshold`: `down`.
        case starting(failures: Int)
        /// Passed: stays. Failed: `failing`, or `down` where one failure is enough.
        case up
        /// Still in use. Passed: `up`. Failed: stays, until `failThreshold`: `down`.
        case failing(failures: Int)
        /// Out of use. Passed: `recovering`, or `up` where one pass is enough. Failed: stays.
        case down
        /// Still out of use. Passed: stays, until `passThreshold`: `up`. Failed: `down`.
        case recovering(passes: Int)
    }

    package enum Action: Sendable, Equatable {
        case nothing
        /// Tell everybody: `AgentState.publish`.
        case publish(Health)
    }

    package private(set) var state: State
    private let failThreshold: Int
    private let passThreshold: Int
    /// Nanoseconds.
    private let interval: Int64
    private let edgeInterval: Int64
    /// 0.15: from 85 % to 115 % of an interval.
    private let jitter: Double

    /// A machine for an agent of which `known` is known already, as after a change of the configuration.
    package init(_ settings: HealthCheckSettings, known: Health = .unknown) {
        failThreshold = max(settings.failThreshold, 1)
        passThreshold = max(settings.passThreshold, 1)
        interval = settings.interval.nanoseconds
        edgeInterval = min(settings.edgeInterval.nanoseconds, interval)
        jitter = settings.jitter.value
        state =
            switch known {
            case .unknown: .starting(failures: 0)
            case .up: .up
            case .down: .down
            }
    }

    package mutating func passed() -> Action {
        switch state {
        case .up:
            return .nothing
        case .starting:
            state = .up
            return .publish(.up)
        case .failing:
            // It was never told to be anything but up.
            state = .up
            return .nothing
        case .down:
            return recover(passes: 1)
        case .recovering(let passes):
            return recover(passes: passes + 1)
        }
    }

    package mutating func failed() -> Action {
        switch state {
        case .starting(let failures):
            return fail(failures + 1, .starting(failures: failures + 1))
        case .up:
            return fail(1, .failing(failures: 1))
        case .failing(let failures):
            return fail(failures + 1, .failing(failures: failures + 1))
        case .down:
            return .nothing
        case .recovering:
            state = .down
            return .nothing
        }
    }

    /// Nanoseconds until the next question. `random` is any number; all 64 bits are used.
    package func delay(_ random: UInt64) -> Int64 {
        let base = Double(isBetween ? edgeInterval : interval)
        let unit = Double(random >> 11) * 0x1p-53
        return Int64(min(base * (1 + jitter * (2 * unit - 1)), 0x1p62))
    }

    /// Whether the next answer may change the verdict.
    private var isBetween: Bool {
        switch state {
        case .starting, .failing, .recovering: true
        case .up, .down: false
        }
    }

    private mutating func fail(_ failures: Int, _ next: State) -> Action {
        guard failures >= failThreshold else {
            state = next
            return .nothing
        }
        state = .down
        return .publish(.down)
    }

    private mutating func recover(passes: Int) -> Action {
        guard passes >= passThreshold else {
            state = .recovering(passes: passes)
            return .nothing
        }
        state = .up
        return .publish(.up)
    }
}
