/// The number of purges that replicas agree on: Redis counts them, and each replica compares what it has heard of with
/// what Redis has counted. A value that knows no socket.
package struct PurgeEpoch: Sendable, Equatable {
    /// All purges up to this one were heard of; nil before the number was read for the first time.
    package private(set) var known: Int64?
    /// Heard of, beyond one that was not: two replicas may publish in another order than they counted.
    private var ahead: Set<Int64> = []
    private var isAway = false

    private static let mostAhead = 4096

    package init(known: Int64? = nil) { self.known = known }

    /// A purge between is still to be heard of; where it is not soon, it was missed.
    package var hasGap: Bool { known != nil && !ahead.isEmpty }

    package mutating func heard(_ number: Int64) {
        guard number > known ?? .min else { return }
        if ahead.count < Self.mostAhead { ahead.insert(number) }
        if known != nil { close() }
    }

    /// Nothing is heard any more.
    package mutating func lost() { isAway = true }

    /// What Redis has counted, asked for after everything is heard again. Whether purges were missed.
    package mutating func read(_ number: Int64) -> Bool {
        var isMissed = isAway
        if let known {
            // fewer than before: Redis has lost its data, or is another one
            isMissed =
                number < known || number - known > Int64(ahead.count)
                || (number > known && !(known + 1...number).allSatisfy(ahead.contains))
        }
        isAway = false
        known = number
        ahead = ahead.filter { $0 > number }
        close()
        return isMissed
    }

    /// What was to be heard of did not come; it was missed, and what is known is what was heard of.
    package mutating func gapLasted() {
        known = ahead.max() ?? known
        ahead = []
    }

    private mutating func close() {
        while let next = known.map({ $0 + 1 }), ahead.remove(next) != nil { known = next }
    }
}
