/// The pause before another try: doubles with every failure in a row, and is a little different for everyone, so that
/// replicas do not all come back at once.
struct Backoff: Sendable {
    let first: Duration
    let longest: Duration
    private(set) var failures = 0

    init(first: Duration = .milliseconds(500), longest: Duration = .seconds(30)) {
        self.first = first
        self.longest = longest
    }

    /// - Parameter chance: 0..<1.
    mutating func next(_ chance: Double = .random(in: 0..<1)) -> Duration {
        let doubled = min(first * (1 << min(failures, 16)), longest)
        failures += 1
        return doubled * (0.75 + chance / 2)
    }

    mutating func reset() { failures = 0 }
}
