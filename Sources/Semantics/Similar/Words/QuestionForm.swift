/// What a question wants to be told, as a set: `why`, `how many`, and what goes with it.
struct QuestionForm: OptionSet, Sendable, Hashable {
    let rawValue: UInt32

    static let names = [
        "what", "how", "seek", "whether", "should", "can", "will", "was", "why", "when", "where", "who", "many", "long", "often",
        "old", "far", "tall", "big", "deep", "heavy", "cost", "fast", "compare", "relation", "common",
    ]

    /// An open question.
    static let what = named("what")
    static let how = named("how")
    /// `I want to`, `help me`: may stand for `how`.
    static let seek = named("seek")
    static let should = named("should")
    static let can = named("can")
    static let far = named("far")
    /// Those of which the asker is the subject, so that words may stand before or behind what is done to them.
    static let manner: QuestionForm = [how, named("often"), named("long"), should]
    static let will = named("will")
    static let was = named("was")
    /// Those that must be the same: all from `why` on.
    static let strict = QuestionForm(rawValue: ~0 << 8)

    static func named(_ name: String) -> QuestionForm {
        guard let place = names.firstIndex(of: name) else { return [] }
        return QuestionForm(rawValue: 1 << UInt32(place))
    }

    /// Two prompts may want the same.
    func agrees(with other: QuestionForm) -> Bool {
        guard isDisjoint(with: .strict.intersection(symmetricDifference(other))) else { return false }
        if contains(.how) != other.contains(.how) {
            let without = contains(.how) ? other : self
            guard without.contains(.seek) else { return false }
        }
        if contains(.should) != other.contains(.should) {
            let (with, without) = contains(.should) ? (self, other) : (other, self)
            // what should I, what to; but not should I and can I
            guard !with.isDisjoint(with: [.what, .how]), !without.contains(.can) else { return false }
        }
        return !(contains(.will) && other.contains(.was) || contains(.was) && other.contains(.will))
    }
}
