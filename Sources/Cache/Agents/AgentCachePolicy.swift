/// What a rule says about keeping answers to POST requests, as plain values.
package struct AgentCachePolicy: Sendable, Equatable {
    /// What makes two requests the same.
    package enum Strategy: Sendable, Equatable {
        /// They mean the same JSON.
        case exact
        /// The same template with the same parameters takes both prompts, and the rest means the same JSON.
        case template
        /// As `exact`; where that finds nothing, the rest means the same JSON and the prompts ask the same in other
        /// words, see `SimilarQuestion`.
        case semantic
    }

    package let strategy: Strategy
    /// Top-level members that keys do not have; see `leftOut`.
    package let ignored: [[UInt8]]
    /// The highest temperature that is cached, inclusive; a request that states none has `unstatedTemperature`.
    package let maxTemperature: Double
    /// Lower-case names of header fields that are in every key, beside `AgentFields.families`.
    package let headers: [[UInt8]]
    /// Asked in this order; the first that takes the prompt counts.
    package let templates: [AgentTemplate]
    /// Requests with credentials are cached too: the tenant in the key keeps their answers apart.
    package let allowsCredentials: Bool
    /// A field with credentials, in lower case, that is for the edge and no agent's; empty: none.
    package let consumed: [UInt8]

    /// What the public APIs take where a request states none.
    ///
    /// The default bound is the same number: a rule that keeps answers at all has consented to what the API does by
    /// default, and only who asks for more variety than that is never cached. A lower bound wants it stated.
    package static let unstatedTemperature = 1.0

    /// Members that every key has: without them, different questions would share an answer.
    package static let alwaysKept = [
        "model", "agent", "agentId", "messages", "input", "prompt", "message", "system", "instructions", "stream",
        "temperature", "tools", "functions", "tool_choice", "n",
    ]

    /// They say who asks, and not what.
    package static let unheard = ["metadata", "user", "safety_identifier", "prompt_cache_key"]

    /// - Parameters:
    ///   - ignore: top-level members to leave out; those of `alwaysKept` stay in all the same.
    ///   - headers: names in any case.
    package init(
        strategy: Strategy = .exact, ignore: [String] = AgentCachePolicy.unheard,
        maxTemperature: Double = AgentCachePolicy.unstatedTemperature, headers: [String] = [],
        templates: [AgentTemplate] = [], allowsCredentials: Bool = false, consumed: [UInt8] = []
    ) {
        self.strategy = strategy
        ignored = ignore.filter { !Self.alwaysKept.contains($0) }.map { Array($0.utf8) }
        self.maxTemperature = maxTemperature
        self.headers = headers.map { Array($0.lowercased().utf8) }
        self.templates = templates
        self.allowsCredentials = allowsCredentials
        self.consumed = consumed
    }

    /// The names that a key of such a request does not have. OpenAI's responses repeat who asked, so that their keys
    /// have it whatever a rule says: nobody is told another one's `metadata`.
    func leftOut(_ shape: AgentShape) -> [[UInt8]] {
        guard shape == .input else { return ignored }
        return ignored.filter { name in !Self.unheard.contains { name.elementsEqual($0.utf8) } }
    }
}
