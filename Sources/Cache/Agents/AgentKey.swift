internal import COpenSSL
package import Wire

/// What makes a POST request to an agent the same as another one, beside tenant, rule and target.
package struct AgentKey: Sendable, Hashable {
    /// `exact` or `template` (`e`, `t`), stream or whole answer (`s`, `w`), and the SHA-256 of everything that the
    /// answer depends on. A digest, as the whole may be a megabyte long and would stand in every entry.
    package let bytes: [UInt8]
    package let isStream: Bool
    package let shape: AgentShape
    /// The model or agent that is asked, as the body names it, cut at 128 bytes; empty: it names none.
    package let model: [UInt8]
    /// The template that took the prompt.
    package let template: String?
    /// By what similar requests are found; nil but for strategy `semantic`, and where the prompt is no single piece of
    /// text.
    package let similar: SimilarQuestion?

    /// Goes up whenever the same request gets other bytes: stored answers of older forms must not be found.
    private static let version: UInt8 = 1

    /// The key of a request, or why it has none.
    ///
    /// - Parameters:
    ///   - body: all of it, as it goes to the agent.
    ///   - head: as it came.
    ///   - hasCredentials: `Authorization` goes on to the agent; nil: if it came. Whoever takes the field away says so.
    package static func make(
        body: UnsafeRawBufferPointer, head: RequestHead, settings: AgentCachePolicy, hasCredentials: Bool? = nil
    ) -> Result<AgentKey, NotCached> {
        do throws(NotCached) {
            let hasCredentials = hasCredentials ?? (head.authorizationField >= 0)
            let fields = try AgentFields(head, settings, hasCredentials: hasCredentials)
            let request = try AgentRequest(body, maxTemperature: settings.maxTemperature)
            let mayResemble = settings.strategy == .semantic && SimilarQuestion.suits(head, request.shape)
            return .success(try AgentKey(request, fields, settings, mayResemble: mayResemble))
        } catch {
            return .failure(error)
        }
    }

    private init(
        _ request: AgentRequest, _ fields: AgentFields, _ settings: AgentCachePolicy, mayResemble: Bool
    ) throws(NotCached) {
        let match: AgentTemplate.Match?
        switch settings.strategy {
        case .template: match = try AgentTemplate.find(request, settings.templates)
        // similar ones are asked for with the exact key in hand
        case .exact, .semantic: match = nil
        }
        let strategy: UInt8 = match == nil ? 0x65 : 0x74
        let form: UInt8 = request.isStream ? 0x73 : 0x77
        var text = KeyText()
        text.add(.strategy, [Self.version, strategy])
        text.add(.isStream, [form, fields.takesEvents ? 1 : 0])
        fields.add(to: &text)
        let names = settings.leftOut(request.shape)
        text.add(.body, try request.canonical(leavingOut: names, hasHole: match != nil))
        match?.add(to: &text)
        guard let digest = Self.digest(text.bytes) else { throw .memory }
        bytes = [strategy, form] + digest
        isStream = request.isStream
        shape = request.shape
        model = request.model.flatMap(request.tape.string).map { Array($0.prefix(128)) } ?? []
        template = match?.name
        similar = mayResemble ? try Self.similar(request, fields, names, form) : nil
    }

    /// The same request with a hole in the prompt's place, and the prompt.
    private static func similar(
        _ request: AgentRequest, _ fields: AgentFields, _ names: [[UInt8]], _ form: UInt8
    ) throws(NotCached) -> SimilarQuestion? {
        guard let place = request.prompt else { return nil }
        let strategy: UInt8 = 0x6d
        var text = KeyText()
        text.add(.strategy, [version, strategy])
        text.add(.isStream, [form, fields.takesEvents ? 1 : 0])
        fields.add(to: &text)
        text.add(.body, try request.canonical(leavingOut: names, hasHole: true))
        guard let digest = digest(text.bytes) else { throw .memory }
        return SimilarQuestion(frame: [strategy, form] + digest, prompt: Array(request.tape.bytes(place)))
    }

    private static func digest(_ bytes: [UInt8]) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: 32)
        return claw_sha256(bytes, bytes.count, &digest) == 1 ? digest : nil
    }
}
