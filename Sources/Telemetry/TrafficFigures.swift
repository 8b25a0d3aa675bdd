/// What a loop, or all of them, has counted since the start, as far as rates are made of it: a fixed number of words,
/// however many routes and agents there are.
package struct TrafficFigures: Sendable, Equatable {
    /// Requests whose answer has ended.
    package internal(set) var requests = 0
    package internal(set) var connectionsRefused = 0
    /// By the index of the error kind.
    package internal(set) var errors: [Int] = []
    /// By `AgentTally.rawValue`, over all agents.
    package internal(set) var attempts: [Int] = Array(repeating: 0, count: AgentTally.allCases.count)

    package init() {}

    package subscript(tally: AgentTally) -> Int { attempts[tally.rawValue] }

    package static func += (sum: inout TrafficFigures, other: TrafficFigures) {
        sum.requests &+= other.requests
        sum.connectionsRefused &+= other.connectionsRefused
        sum.errors = merged(sum.errors, other.errors, &+)
        sum.attempts = merged(sum.attempts, other.attempts, &+)
    }

    /// What was counted since an earlier look. Figures that go up and down mean nothing in it.
    package func since(_ earlier: TrafficFigures) -> TrafficFigures {
        var difference = self
        difference.requests &-= earlier.requests
        difference.connectionsRefused &-= earlier.connectionsRefused
        difference.errors = Self.merged(errors, earlier.errors, &-)
        difference.attempts = Self.merged(attempts, earlier.attempts, &-)
        return difference
    }

    private static func merged(_ one: [Int], _ two: [Int], _ join: (Int, Int) -> Int) -> [Int] {
        (0..<max(one.count, two.count)).map { index in
            join(index < one.count ? one[index] : 0, index < two.count ? two[index] : 0)
        }
    }
}
