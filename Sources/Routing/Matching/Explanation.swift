internal import Settings
package import Wire

/// What became of one rule when a request looked for its own.
package struct Explanation: Sendable, Equatable {
    /// Its place in `Router.rules`.
    package var rule: Int
    package var name: String
    package var wins: Bool
    /// Why it wins or loses, on one line. No value that a client sent is in it.
    package var reason: String
    /// How many of path, host, method, fields and parameters held, in this order: all five for a rule that fits.
    package var held: Int
    /// Of a semantic rule whose text is asked: the least score with which it takes the request, and the score that was
    /// given, if one was.
    package var threshold: Float?
    package var score: Float?
}

extension Router {
    /// What each rule says to a request, in the order of `rules`. Looks at one after the other; for people, not for the
    /// walk of a request. Nothing is known of the text: the rule wins that takes the request if no semantic rule does.
    package func explain(_ head: RequestHead) -> [Explanation] {
        told(head, scores: nil)
    }

    /// The same with what the text scored, by the place of each semantic rule in `rules`; nil where there was no text.
    package func explain(_ head: RequestHead, scores: (_ rule: Int) -> Float?) -> [Explanation] {
        told(head, scores: rules.map { $0.match.type == .semantic ? scores($0.index) : nil })
    }

    private func told(_ head: RequestHead, scores: [Float?]?) -> [Explanation] {
        var firstOfPattern: [String: Int] = [:]
        let findings = rules.map { rule -> Finding in
            let order = firstOfPattern[rule.match.pattern ?? ""] ?? rule.index
            firstOfPattern[rule.match.pattern ?? ""] = order
            return Finding(rule, head, patternOrder: order, isDefault: rule.isDefault)
        }
        let verdict = RuleVerdict(
            findings.compactMap { if case .fits(let draft) = $0 { draft } else { nil } }, scores: scores,
            names: rules.map(\.name))
        return zip(rules, findings).map { rule, finding in
            switch finding {
            case .fails(let reason, let held):
                Explanation(rule: rule.index, name: rule.name, wins: false, reason: reason, held: held)
            case .fits(let draft):
                verdict.explanation(draft)
            }
        }
    }
}
