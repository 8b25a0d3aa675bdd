/// A request that one of several semantic rules may take, if its text means what they ask for; otherwise the rule that
/// would take it without them.
///
/// Who judges the text is not known here: whoever asked answers with a score for each rule. A few numbers, held as long
/// as the body is waited for.
package struct MeaningQuestion: Sendable, Equatable {
    /// A semantic rule that fits all but the text.
    package struct Candidate: Sendable, Equatable {
        /// Its place in `Router.rules`.
        package var rule: Int { Int(number) }
        /// The least score with which it takes the request.
        package var threshold: Float { terms.threshold }

        /// Its place in the order of winning.
        let rank: Int32
        let number: Int32
        let terms: MeaningTerms
    }

    /// Each rule once, in the order in which they win with equal scores: those of higher priority first. Never empty.
    package let candidates: [Candidate]
    /// The place in `Router.rules` of the best rule that is not semantic, or `Router.none`: who takes the request when
    /// no candidate does, because it has no text, or none that is like theirs.
    package let otherwise: Int

    /// A rule that fits by several of its hosts is there several times in `found`.
    init(_ found: [Candidate], otherwise: Int) {
        self.otherwise = otherwise
        var candidates = found
        if candidates.count > 1 {
            candidates.sort { ($0.number, $0.rank) < ($1.number, $1.rank) }
            var last: Int32 = -1
            candidates.removeAll { candidate in
                defer { last = candidate.number }
                return candidate.number == last
            }
            candidates.sort { $0.rank < $1.rank }
        }
        self.candidates = candidates
    }

    /// The place in `Router.rules` of the rule that takes the request, or `Router.none`. Of the candidates whose score
    /// is at least their threshold those of the highest priority are left, of these the one with the highest score, and
    /// of equal scores the first. `score` is asked for places in `Router.rules`, not for more of them than may win; a
    /// score that is no number reaches nothing.
    package func answer(score: (_ rule: Int) -> Float) -> Int {
        var best: Candidate?
        var bestScore: Float = 0
        for candidate in candidates {
            // The others are of the same priority or a lower one.
            if let best, candidate.terms.priority < best.terms.priority { break }
            let score = score(candidate.rule)
            guard score >= candidate.threshold, best == nil || score > bestScore else { continue }
            best = candidate
            bestScore = score
        }
        return best?.rule ?? otherwise
    }

    /// The answer where there is no text to judge.
    package func answer() -> Int { otherwise }
}

/// What a semantic candidate asks of scores. Plain memory.
struct MeaningTerms: Sendable, Equatable {
    var threshold: Float
    var priority: Int32

    init(_ draft: Draft) {
        threshold = Float(draft.match.threshold)
        priority = Int32(clamping: draft.priority)
    }
}
