internal import Settings

/// Who wins among the rules that fit a request, and what there is to say to each; for `Router.explain`.
struct RuleVerdict {
    private let names: [String]
    /// By place; nil where nothing is known of the text.
    private let scores: [Float?]?
    /// The semantic rules that rank before the best other.
    private let asked: [Draft]
    private let winner: Draft?

    /// `fitting`: one draft of each rule that fits.
    init(_ fitting: [Draft], scores: [Float?]?, names: [String]) {
        self.names = names
        self.scores = scores
        let otherwise = fitting.filter { $0.kind != .semantic }.min { $0.isBefore($1) }
        let asked = fitting.filter { draft in
            draft.kind == .semantic && (otherwise.map { draft.isBefore($0) } ?? true)
        }.sorted { $0.isBefore($1) }
        let question = MeaningQuestion(
            asked.enumerated().map { rank, draft in
                MeaningQuestion.Candidate(rank: Int32(rank), number: Int32(draft.rule), terms: MeaningTerms(draft))
            }, otherwise: otherwise?.rule ?? Router.none)
        let answer = question.answer { scores?[$0] ?? .nan }
        self.asked = asked
        winner = fitting.first { $0.rule == answer }
    }

    func explanation(_ draft: Draft) -> Explanation {
        let isAsked = asked.contains { $0.rule == draft.rule }
        let wins = winner?.rule == draft.rule
        return Explanation(
            rule: draft.rule, name: names[draft.rule], wins: wins,
            reason: isAsked ? askedReason(draft, wins) : wins ? winning : "fits, but \(losing(draft))", held: 5,
            threshold: isAsked ? Float(draft.match.threshold) : nil, score: isAsked ? score(draft) : nil)
    }

    /// Of the winner that is not semantic.
    private var winning: String {
        scores == nil && !asked.isEmpty ? "wins if no semantic rule reaches its threshold" : "wins"
    }

    private func losing(_ draft: Draft) -> String {
        guard let winner else { return "is not looked at" }
        return "loses to rule \(Quoted.quote(names[winner.rule])), \(winner.compared(draft).why)"
    }

    private func score(_ draft: Draft) -> Float? { scores?[draft.rule] }

    private func askedReason(_ draft: Draft, _ wins: Bool) -> String {
        let threshold = Float(draft.match.threshold)
        guard scores != nil else {
            let least = ScoreText([], exactly: threshold).text(threshold)
            let unless = asked.count > 1 ? " and no other semantic rule does better" : ""
            return "fits; wins if its categories (\(categories(draft))) reach \(least)\(unless)"
        }
        guard let score = score(draft) else { return "fits, but there is no text that could be judged" }
        let better = wins || score < threshold ? nil : winner.flatMap(self.score)
        let text = ScoreText([score, threshold] + (better.map { [$0] } ?? []), exactly: threshold)
        guard score >= threshold else {
            return "scored \(text.text(score)), below its threshold \(text.text(threshold))"
        }
        let reached = "scored \(text.text(score)) of \(text.text(threshold))"
        guard !wins, let winner, let better else { return reached + ": wins" }
        let name = Quoted.quote(names[winner.rule])
        guard winner.priority == draft.priority else {
            return "\(reached), but loses to rule \(name), \(winner.compared(draft).why)"
        }
        let how = better > score ? text.text(better) : "the same, \(winner.compared(draft).why)"
        return "\(reached), but loses to rule \(name) with \(how)"
    }

    private func categories(_ draft: Draft) -> String {
        let names = draft.match.categories
        let shown = names.prefix(8).map(Quoted.shortened).joined(separator: ", ")
        return names.count > 8 ? shown + ", ..." : shown
    }
}
