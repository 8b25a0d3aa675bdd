/// What a question wants to be told, as a set: `why`, `how many`, and what goes with it.
struct QuestionForm: OptionSet, Sendable, Hashable {
    let rawValue: UInt32

    static let names = [
        "what", "how", "seek", "whether", "should", "can", "will", "was", "why", "when", "where", "who", "many", "long",
        "often", "old", "far", "tall", "big", "deep", "heavy", "cost", "fast", "compare", "relation", "common",
        "whom",
    ]

    /// An open question.
    static let what = named("what")
    static let how = named("how")
    /// `I want to`, `help me`: may stand for `how`.
    static let seek = named("seek")
    static let should = named("should")
    static let can = named("can")
    static let compare = named("compare")
    static let who = named("who")
    /// Somebody is asked for to whom it is done: 他喜欢谁.
    static let whom = named("whom")
    static let far = named("far")
    /// Those of which the asker is the subject, so that words may stand before or behind what is done to them.
    static let manner: QuestionForm = [how, named("often"), named("long"), should]
    /// A number is asked for, and of what.
    private static let measures: QuestionForm = [
        named("long"), named("often"), named("old"), far, named("tall"), named("big"), named("deep"), named("heavy"),
        named("cost"), named("fast"),
    ]
    private static let many = named("many")
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
        // its height is how many metres, how tall is it
        if contains(.many) || other.contains(.many), !intersection(other).isDisjoint(with: .measures),
            contains(.many) != other.contains(.many)
        {
            return union(.many).agrees(with: other.union(.many))
        }
        guard isDisjoint(with: .strict.intersection(symmetricDifference(other))) else { return false }
        if contains(.how) != other.contains(.how) {
            // how do they differ, what is the difference
            let without = contains(.how) ? other : self
            guard without.contains(.seek) || without.contains(.compare) else { return false }
        }
        if contains(.should) != other.contains(.should) {
            let (with, without) = contains(.should) ? (self, other) : (other, self)
            // what should I, what to; but not should I and can I
            guard !with.isDisjoint(with: [.what, .how, .strict]), !without.contains(.can) else { return false }
        }
        return !(contains(.will) && other.contains(.was) || contains(.was) && other.contains(.will))
    }
}
