internal import Cache
internal import NIOCore
internal import Wire

/// What a fill is to fetch, and why.
final class FillAsk {
    let facts: RequestFacts
    /// Of authority, path and query.
    let address: UInt64
    let kind: StoredAnswer.Kind
    /// What is to be validated; nil: a whole answer is wanted.
    private(set) var stale: StoredAnswer?
    /// The stale one serves where agents fail.
    let servesOnError: Bool
    let name: CacheName?
    let tenant: String?
    /// The entry is one tenant's own.
    let isTenants: Bool
    /// Why it went to an agent, for `Cache-Status`.
    let reason: CacheStatusText.Forwarded
    /// Nobody waits for it.
    let isBackground: Bool
    /// What would have been served, where nobody is.
    let shadowed: StoredAnswer?
    let lease: HeldLease?
    /// Seconds that an agent's answer is fresh.
    let agentLifetime: Int64?
    /// By what similar requests will find the answer.
    let similar: SimilarTurn?

    init(
        _ facts: RequestFacts, address: UInt64, kind: StoredAnswer.Kind, stale: StoredAnswer?, servesOnError: Bool,
        name: CacheName?,
        tenant: String?, isTenants: Bool, reason: CacheStatusText.Forwarded, isBackground: Bool = false,
        shadowed: StoredAnswer? = nil, lease: HeldLease? = nil, agentLifetime: Int64? = nil, similar: SimilarTurn? = nil
    ) {
        self.facts = facts
        self.address = address
        self.kind = kind
        self.stale = stale
        self.servesOnError = servesOnError
        self.name = name
        self.tenant = tenant
        self.isTenants = isTenants
        self.reason = reason
        self.isBackground = isBackground
        self.shadowed = shadowed
        self.lease = lease
        self.agentLifetime = agentLifetime
        self.similar = similar
    }

    func forgetStale() { stale = nil }

    /// Field lines in place of the client's own conditions.
    var conditions: [UInt8] {
        // what conditions mean to a POST is another thing (RFC 9110 13.2.1)
        guard let stale, kind == .http else { return [] }
        return Validation.conditions(for: stale.facts)
    }

    func policy(_ plan: CachePlan) -> StoragePolicy {
        guard agentLifetime != nil || facts.hasCookie || facts.hasAuthorization else { return plan.policy }
        var policy = plan.policy
        policy.agentLifetime = agentLifetime
        // what states nothing is not taken to be the same for all where somebody said who he is
        if facts.hasCookie || facts.hasAuthorization { policy.defaultLifetime = nil }
        return policy
    }

    /// Why an answer that is whole is not kept after all; nil: it is.
    func refuses(_ keeping: FillKeeping, _ body: ByteBuffer) -> Unkept? {
        guard case .agent(let isStream) = kind else { return nil }
        let verdict = body.withUnsafeReadableBytes { body in
            keeping.contentType.withUnsafeBytes { type in
                AgentAnswers.judge(
                    status: keeping.facts.status, contentType: type, body: body, isStreamRequest: isStream)
            }
        }
        if case .not(let reason) = verdict { return .agent(reason) }
        return nil
    }

    /// `Cache-Status` of the first who asked.
    func told(status: Int, notKept: Unkept?) -> [UInt8] {
        var text = CacheStatusText.forwarded(reason)
        text.forwardedStatus = status
        text.isStored = notKept == nil
        text.detail = notKept?.word ?? ""
        return text.line()
    }
}

/// How a fill that passes on something kept came to its end.
enum FillEnd {
    /// The agent said that it is as good as new.
    case validated
    /// Agents fail; this was kept for the purpose.
    case staleIfError(status: Int)

    /// Statuses for which a stale answer may serve (RFC 5861 4).
    static func isError(_ status: Int) -> Bool { status == 500 || (502...504).contains(status) }
}

/// Why an answer is not kept.
enum Unkept {
    case policy(NotStored)
    case agent(NotKept)
    /// Another than the rule's first target answered: nobody else is to get that in its place.
    case fallback
    case tooLong

    /// It will be so again.
    var isLasting: Bool {
        switch self {
        case .fallback, .agent: false
        case .policy(let reason): reason.isLasting
        case .tooLong: true
        }
    }

    /// The words of all, as `CounterLabels.refusals` has them.
    static let words =
        NotStored.allCases.map(\.word) + NotKept.allCases.map { "agent-\($0.word)" } + ["fallback", "too-long"]

    /// The place of its word there.
    var index: Int { Self.order[word] ?? 0 }
    private static let order = Dictionary(uniqueKeysWithValues: zip(words, 0...))

    var word: String {
        switch self {
        case .policy(let reason): reason.word
        case .agent(let reason): "agent-\(reason.word)"
        case .fallback: "fallback"
        case .tooLong: "too-long"
        }
    }
}

/// An answer on its way into the layers.
final class FillKeeping {
    let facts: StoredFacts
    let head: SharedHead
    let varyValues: [UInt8]
    /// When its events came, where that is wanted.
    var pace: PaceRecorder?
    private let length: Int?

    init(_ facts: StoredFacts, _ head: SharedHead, _ varyValues: [UInt8], sized length: Int?) {
        self.facts = facts
        self.head = head
        self.varyValues = varyValues
        self.length = length
    }

    /// Short enough that its end is worth waiting for though nobody does.
    var isWorthEnding: Bool { (length ?? .max) <= 256 * 1024 }

    func isWhole(_ count: Int) -> Bool { head.isBodiless || length == nil || length == count }

    var contentType: [UInt8] { FieldLines.first("content-type", in: head.fields).map(Array.init) ?? [] }
}
