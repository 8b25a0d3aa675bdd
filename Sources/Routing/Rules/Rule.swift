package import Settings

/// A rule as the walk of a request uses it: all that can be worked out beforehand is bytes.
package final class Rule: Sendable {
    /// The name of the rule that `routing.default` makes, in logs and metrics.
    package static let defaultName = "default"

    package let name: String
    /// Its place in `Router.rules`.
    package let index: Int
    package let priority: Int
    /// What it takes, as it was written.
    package let match: MatchSettings
    package let target: Target
    /// Who is asked when the target cannot, in this order.
    package let fallback: [TargetName]
    /// Whether `routing.default` made it, or the lack of any rule.
    package let isDefault: Bool
    /// What one of is wanted; empty: nothing.
    package let auth: AuthKinds
    package let timeouts: RuleTimeouts
    /// What its agents are to it, where that is not what they are.
    package let kind: RuleKind?
    package let streams: RuleStreams
    /// What of its answers is kept.
    package let cache: RuleCache
    /// How urgent its requests are, in the names of `taskPriority`.
    package let task: RuleTask
    package let requestHeaders: HeaderEdits
    package let responseHeaders: HeaderEdits
    /// Protocols that may become a tunnel beside `websocket`, in lower case.
    package let upgrades: [[UInt8]]
    package let encodedDelimiters: EncodedDelimiters
    /// Whether `rewrittenPath` can be other than nil.
    package let rewrites: Bool
    /// Whether `agent` in a JSON body chooses among the agents that the rule may reach.
    package let bodyAgent: Bool
    /// Which addresses may ask.
    package let access: AddressListSettings
    /// What of `http.cors` is different here.
    package let cors: CORSSettings
    /// How many of its requests each client may send.
    package let rateLimit: RateLimitSettings?
    /// Of the body, in bytes; nil: as for all.
    package let bodyBytes: Int?
    private let change: Rewrite

    /// `bodyAgent`: where the rule does not say.
    init(_ settings: RuleSettings, index: Int, expression: Expression?, bodyAgent: Bool, isDefault: Bool = false) {
        name = settings.name
        self.index = index
        priority = settings.priority
        match = settings.match
        target = Target(settings.target)
        fallback = settings.fallback.values.map(\.value)
        self.isDefault = isDefault
        auth = settings.requiresAuth
        timeouts = settings.timeouts
        kind = settings.kind
        streams = settings.streams
        cache = settings.cache
        task = settings.task
        requestHeaders = HeaderEdits(settings.headers.request)
        responseHeaders = HeaderEdits(settings.headers.response)
        upgrades = settings.upgrades.map(Field.lower)
        encodedDelimiters = settings.match.encodedDelimiters
        access = settings.access
        cors = settings.cors
        self.bodyAgent = settings.bodyAgent ?? bodyAgent
        rateLimit = settings.rateLimit
        bodyBytes = settings.bodyBytes?.bytes
        change = Rewrite(settings.rewrite, expression)
        if case .none = change { rewrites = false } else { rewrites = true }
    }

    /// The same rule as an object of its own, whose references are counted apart.
    init(copy rule: Rule) {
        name = rule.name
        index = rule.index
        priority = rule.priority
        match = rule.match
        target = rule.target
        fallback = rule.fallback
        isDefault = rule.isDefault
        auth = rule.auth
        timeouts = rule.timeouts
        kind = rule.kind
        streams = rule.streams
        cache = rule.cache
        task = rule.task
        requestHeaders = rule.requestHeaders
        responseHeaders = rule.responseHeaders
        upgrades = rule.upgrades
        encodedDelimiters = rule.encodedDelimiters
        rewrites = rule.rewrites
        bodyAgent = rule.bodyAgent
        access = rule.access
        cors = rule.cors
        rateLimit = rule.rateLimit
        bodyBytes = rule.bodyBytes
        change = rule.change
    }

    package var requiresAuth: Bool { !auth.isEmpty }

    /// The path that the agent shall see in place of the normalised path of a request that this rule took. Nil: the
    /// same. Empty: memory ran out, and the request must not be forwarded.
    package func rewrittenPath(_ path: UnsafeRawBufferPointer) -> [UInt8]? {
        rewrites ? change.apply(path) : nil
    }
}
