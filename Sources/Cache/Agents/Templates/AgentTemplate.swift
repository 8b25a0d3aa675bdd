internal import Wire

/// A question that is asked again and again with other parameters: patterns that take the whole prompt, whose named
/// groups are the parameters.
package struct AgentTemplate: Sendable, Equatable {
    package let name: String
    package let patterns: [String]
    /// Capitals count as small letters, in the patterns and in the parameters.
    package let foldsCase: Bool
    /// Runs of blanks and line breaks in parameters count as one blank, and none at their ends.
    package let foldsBlanks: Bool
    private let expressions: [TemplateExpression]

    /// Longer prompts are taken by no template: an expression with groups costs time with every byte.
    package static let longestPrompt = 8192

    /// What is wrong with a pattern.
    package struct Refusal: Error {
        package let pattern: String
        package let message: String
    }

    package init(name: String, patterns: [String], foldsCase: Bool, foldsBlanks: Bool) throws(Refusal) {
        self.name = name
        self.patterns = patterns
        self.foldsCase = foldsCase
        self.foldsBlanks = foldsBlanks
        var expressions: [TemplateExpression] = []
        for pattern in patterns { expressions.append(try TemplateExpression(pattern, foldsCase: foldsCase)) }
        self.expressions = expressions
    }

    package static func == (one: AgentTemplate, other: AgentTemplate) -> Bool {
        one.name == other.name && one.patterns == other.patterns && one.foldsCase == other.foldsCase
            && one.foldsBlanks == other.foldsBlanks
    }

    /// A prompt that a template took.
    struct Match {
        let name: String
        /// In the order of their names. Nil: the group took no part.
        let parameters: [(name: String, value: [UInt8]?)]

        /// One that took no part has no colon.
        func add(to text: inout KeyText) {
            text.add(.strategy, name)
            for parameter in parameters {
                let value = parameter.value.map { [0x3a] + $0 } ?? []
                text.add(.field, Array(parameter.name.utf8) + value)
            }
        }
    }

    /// The first template that takes the request's prompt; nil: its exact key is right.
    static func find(_ request: AgentRequest, _ templates: [AgentTemplate]) throws(NotCached) -> Match? {
        guard let place = request.prompt else { return nil }
        let prompt = request.tape.bytes(place)
        guard prompt.count <= longestPrompt else { return nil }
        for template in templates {
            if let match = try template.match(prompt) { return match }
        }
        return nil
    }

    private func match(_ prompt: UnsafeRawBufferPointer) throws(NotCached) -> Match? {
        for expression in expressions {
            switch expression.find(prompt) {
            case .notFound: continue
            case .outOfMemory: throw .memory
            case .found(let groups):
                let parameters = zip(expression.names, groups).map { name, range in
                    (name: name, value: range.map { normalised(UnsafeRawBufferPointer(rebasing: prompt[$0])) })
                }
                return Match(name: name, parameters: parameters.sorted { $0.name < $1.name })
            }
        }
        return nil
    }

    private func normalised(_ value: UnsafeRawBufferPointer) -> [UInt8] {
        let text = foldsCase ? Array(value.text.lowercased().utf8) : Array(value)
        guard foldsBlanks else { return text }
        var words: [UInt8] = []
        words.reserveCapacity(text.count)
        for byte in text {
            let isBlank = byte == 0x20 || (0x09...0x0d).contains(byte)
            if !isBlank { words.append(byte) } else if words.last != nil, words.last != 0x20 { words.append(0x20) }
        }
        if words.last == 0x20 { words.removeLast() }
        return words
    }
}
