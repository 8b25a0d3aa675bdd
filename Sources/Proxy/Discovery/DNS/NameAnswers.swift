/// What one question to the DNS came to.
enum NameAnswer<Record: Sendable>: Sendable {
    /// Partial: of one family of addresses nobody could say.
    case found([Record], ttl: Duration, isPartial: Bool = false)
    /// A server that knows says that there is no such name, or that it has no such records.
    case nothing(String, ttl: Duration?)
    /// Nobody could say: no answer, or one of failure.
    case failed(String)
}

/// Follows the answers to one name: whom it stands for, and when it is asked again.
///
/// - Found: whom it names are the agents. Asked again when the answer's time is over, within the bounds.
/// - Doubtful: the first "there is none". What was known stays; asked again at once. Another "none" leads to empty,
///   agents to found, a failure back to what it was before.
/// - Empty: "there is none", twice in a row: nobody is left.
/// - Failing: nobody can say. What was known stays; asked again after a while that doubles with each failure.
struct NameAnswers: Sendable {
    struct Step: Sendable {
        /// Nil where nothing is to be told.
        var report: SourceReport?
        /// Until the next question.
        var wait: Duration
    }

    /// Failures are not asked about less often than this.
    static let longestBackoff = Duration.seconds(30)

    private var known: [FoundAgent] = []
    private let least: Duration
    private let most: Duration
    private var isDoubtful = false
    private var isEmpty = false
    private var failures = 0

    init(minTTL: Duration, maxTTL: Duration) {
        least = minTTL
        most = max(minTTL, maxTTL)
    }

    mutating func take(_ answer: NameAnswer<FoundAgent>) -> Step {
        switch answer {
        case .found(let agents, let ttl, let isPartial):
            (isDoubtful, isEmpty, failures) = (false, false, 0)
            let families = Set(agents.map(\.isIPv6))
            let kept = isPartial ? known.filter { !families.contains($0.isIPv6) } : []
            known = (agents + kept).sorted { $0.id < $1.id }
            return Step(report: .found(known), wait: isPartial ? least : within(ttl))
        case .nothing(let why, let ttl):
            failures = 0
            guard isDoubtful || isEmpty else {
                isDoubtful = true
                return Step(report: nil, wait: least)
            }
            (isDoubtful, isEmpty, known) = (false, true, [])
            return Step(report: .found([], note: why), wait: within(ttl ?? least))
        case .failed(let why):
            isDoubtful = false
            failures += 1
            let doubled = least * (1 << min(failures - 1, 16))
            return Step(report: .failed(why), wait: min(doubled, max(least, Self.longestBackoff)))
        }
    }

    private func within(_ ttl: Duration) -> Duration { min(max(ttl, least), most) }
}
