internal import Semantics

/// What the rules for models go by, of one body; each found when a rule first asks for it.
struct BodyFacts: ModelFacts {
    private let scanner: PromptScanner
    private let meaning: Meaning
    private let scratch: JudgeScratch
    private var judged: [Float]?
    private var estimate: ComplexityEstimate?
    private var spoken: Language?

    init(_ scanner: PromptScanner, _ meaning: Meaning, _ scratch: JudgeScratch) {
        self.scanner = scanner
        self.meaning = meaning
        self.scratch = scratch
    }

    mutating func probability(of categories: [Int]) -> Float {
        guard let tasks = meaning.tasks else { return 0 }
        if judged == nil {
            let isThere = scanner.withText { text in
                if text.isEmpty { return false }
                _ = tasks.judge(text, scratch)
                return true
            }
            judged = isThere ? scratch.probabilities : []
        }
        let judged = judged ?? []
        return min(1, categories.reduce(0) { $0 + ($1 < judged.count ? judged[$1] : 0) })
    }

    var complexity: Complexity {
        mutating get {
            let found = estimate ?? scanner.withText { Complexity.of($0, tokens: scanner.tokens.count) }
            estimate = found
            return found.level
        }
    }

    var language: Language {
        mutating get {
            let found = spoken ?? scanner.withText { Language.of($0) }
            spoken = found
            return found
        }
    }

    var inputTokens: Int { scanner.tokens.count }
}
