/// What the health checks of an agent last said, for people: nothing is decided by it.
package struct CheckRecord: Sendable, Equatable {
    /// Why the last one failed; nil where it passed, and where nobody has asked yet.
    package private(set) var failure: String?
    /// The agent itself said that it wants nothing new yet: it answered, and not with a pass.
    package private(set) var isRefusal = false
    /// Failures in a row, and since when: monotonic nanoseconds.
    package private(set) var failures = 0
    package private(set) var failingSince: Int64 = 0
    /// It has passed at least once since the process knows the agent.
    package private(set) var hasPassed = false

    package init() {}

    mutating func passed() {
        failure = nil
        isRefusal = false
        failures = 0
        hasPassed = true
    }

    mutating func failed(_ reason: String, isRefusal: Bool, _ now: Int64) {
        self.isRefusal = isRefusal
        if failure == nil { failingSince = now }
        failure = reason
        failures += 1
    }
}
