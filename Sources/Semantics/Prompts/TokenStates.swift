/// The states of `TokenEstimate`'s walk over bytes, and what each step costs: where in a word, in a run of marks,
/// spaces or digits, or in which script. cl100k_base splits text at such runs before it merges bytes, so the cost of a
/// run goes by its kind and length; `TokenWeights` says how much.
struct TokenStates {
    enum Family: Int, CaseIterable {
        case start, space, newline
        /// Letters behind a space or elsewhere; `cap` begins with a capital, `hump` follows one inside a word.
        case wordS, wordO, capS, capO, hump, caps
        case digit, markS, markO
        case cyrillic, greek, arabic, hebrew, hangul, indic, han, kana, other
        /// Behind the first byte of a scalar whose second one tells its kind.
        case sign3, kana3, wide3

        /// Positions told apart; later ones count as the last.
        var length: Int {
            switch self {
            case .wordS, .wordO, .capS, .capO: 14
            case .hump, .cyrillic: 10
            case .arabic: 8
            case .caps, .greek, .hebrew: 6
            case .markS, .markO: 4
            case .digit, .hangul: 3
            case .space, .indic: 2
            default: 1
            }
        }
        var isLatin: Bool { (Family.wordS.rawValue...Family.caps.rawValue).contains(rawValue) }
        var isMark: Bool { self == .markS || self == .markO }
    }

    struct State: Equatable {
        var family: Family
        var position = 0
        var row: Int { (0..<family.rawValue).reduce(position) { $0 + (Family(rawValue: $1)?.length ?? 0) } }
        /// One further in the same run.
        var next: State { State(family: family, position: min(position + 1, family.length - 1)) }
    }

    static let classes = 64
    static let states: [State] = Family.allCases.flatMap { family in
        (0..<family.length).map { State(family: family, position: $0) }
    }

    /// For every state and class: the cost in the upper half; in the lower the row of the next state times `classes`.
    static func table(_ weights: [TokenWeights.Row: [Int]]) -> [UInt32] {
        var table = [UInt32](repeating: 0, count: states.count * classes)
        for state in states {
            for kind in TokenClass.allCases {
                let (next, feature) = step(state, kind)
                let row = feature.flatMap { weights[$0.row] } ?? []
                let cost = feature.map { $0.index < row.count ? row[$0.index] : 0 } ?? 0
                table[state.row * classes + Int(kind.rawValue)] = UInt32(cost) << 16 | UInt32(next.row * classes)
            }
        }
        return table
    }

    typealias Feature = (row: TokenWeights.Row, index: Int)

    static func step(_ state: State, _ kind: TokenClass) -> (State, Feature?) {
        switch kind {
        case .lower, .upper, .latin2, .latin3: letter(state, kind)
        case .digit: digit(state)
        case .space, .tab: space(state, kind)
        case .newline: (State(family: .newline), (.newline, before(state)))
        case _ where kind.isMark: mark(state, kind)
        case _ where kind.isNext: next(state, kind)
        default: script(state, kind)
        }
    }

    /// What came before, as far as it matters to what begins now.
    private static func before(_ state: State) -> Int {
        switch state.family {
        case .start: 0
        case .newline: 1
        case .space: 2 + state.position
        case .digit: 4
        case .markO: 5 + min(state.position, 1)
        case .markS: 7 + min(state.position, 1)
        case .wordS, .wordO, .capS, .capO, .hump, .caps: 9
        default: 10
        }
    }

    private static func letter(_ state: State, _ kind: TokenClass) -> (State, Feature?) {
        let family = state.family
        guard family.isLatin else { return firstLetter(state, kind) }
        switch kind {
        case .lower:
            // a capital behind others begins a word of its own
            if family == .caps { return (State(family: .hump, position: 1), (.hump, 0)) }
            return (state.next, row(state.next))
        case .upper:
            if family == .caps || state.position == 0 && (family == .capS || family == .capO || family == .hump) {
                let next = family == .caps ? state.next : State(family: .caps, position: 1)
                return (next, (.caps, next.position))
            }
            return (State(family: .hump), (.hump, 1))
        default: return (state.next, (.accent, kind == .latin2 ? 0 : 1))
        }
    }

    private static func row(_ state: State) -> Feature? {
        switch state.family {
        case .wordS: (.wordS, state.position)
        case .wordO: (.wordO, state.position)
        case .capS: (.capS, state.position)
        case .capO: (.capO, state.position)
        default: (.hump, state.position + 1)
        }
    }

    private static func firstLetter(_ state: State, _ kind: TokenClass) -> (State, Feature?) {
        let isSpaced = state.family == .space
        switch kind {
        case .lower:
            let next = State(family: isSpaced ? .wordS : .wordO)
            return (next, isSpaced ? (.wordS, 0) : (.lowerAfter, before(state)))
        case .upper:
            let next = State(family: isSpaced ? .capS : .capO)
            return (next, isSpaced ? (.capS, 0) : (.upperAfter, before(state)))
        default: return (State(family: isSpaced ? .wordS : .wordO), (.accent, kind == .latin2 ? 2 : 3))
        }
    }

    private static func digit(_ state: State) -> (State, Feature?) {
        // groups of three
        if state.family == .digit, state.position < 2 { return (state.next, (.digit, 0)) }
        return (State(family: .digit), (.digit, state.family == .digit ? 1 : state.family == .space ? 2 : 3))
    }

    private static func space(_ state: State, _ kind: TokenClass) -> (State, Feature?) {
        let isTab = kind == .tab ? 4 : 0
        switch state.family {
        case .space: return (state.next, (.space, isTab + state.position))
        case .newline: return (State(family: .space), (.space, isTab + 2))
        default: return (State(family: .space), (.space, isTab + 3))
        }
    }

    private static func mark(_ state: State, _ kind: TokenClass) -> (State, Feature?) {
        let column = Int(kind.rawValue - TokenClass.period.rawValue)
        if state.family.isMark {
            let row: TokenWeights.Row = state.family == .markS ? .markInSpaced : .markIn
            return (state.next, (row, state.position * 10 + column))
        }
        switch state.family {
        case .space: return (State(family: .markS), (.markAfterSpace, column))
        case .start, .newline: return (State(family: .markO), (.markFirst, column))
        case .digit: return (State(family: .markO), (.markAfterDigit, column))
        case _ where state.family.isLatin: return (State(family: .markO), (.markAfterWord, column))
        default: return (State(family: .markO), (.markAfterScript, column))
        }
    }

    /// A byte that is not a scalar's first.
    private static func next(_ state: State, _ kind: TokenClass) -> (State, Feature?) {
        let column = Int(kind.rawValue - TokenClass.next80.rawValue)
        switch state.family {
        case .sign3: return (State(family: .other), (.sign3, column))
        case .kana3: return (State(family: column == 0 ? .other : .kana), (.kana3, column))
        case .wide3: return (State(family: .other), (.wide3, column))
        case .start: return (State(family: .other), (.other, 0))
        default: return (state, nil)
        }
    }

    private static func script(_ state: State, _ kind: TokenClass) -> (State, Feature?) {
        switch kind {
        case .cyrillic2: run(state, .cyrillic, .cyrillic)
        case .greek2: run(state, .greek, .greek)
        case .arabic2: run(state, .arabic, .arabic)
        case .hebrew2: run(state, .hebrew, .hebrew)
        case .hangul3: run(state, .hangul, .hangul)
        case .indic3: run(state, .indic, .indic)
        case .sign3: (State(family: .sign3), nil)
        case .kana3: (State(family: .kana3), nil)
        case .wide3: (State(family: .wide3), nil)
        case .sign2: (State(family: .other), (.other, 1))
        case .other2: (State(family: .other), (.other, 2))
        case .other3: (State(family: .other), (.other, 3))
        case .four: (State(family: .other), (.other, 4))
        case .stray: (State(family: .other), (.other, 0))
        default: han(state, Int(kind.rawValue) - Int(TokenClass.han4.rawValue))
        }
    }

    private static func han(_ state: State, _ column: Int) -> (State, Feature?) {
        (State(family: .han), (.han, column + (state.family == .han ? 6 : 0)))
    }

    private static func run(_ state: State, _ family: Family, _ row: TokenWeights.Row) -> (State, Feature?) {
        let next = state.family == family ? state.next : State(family: family)
        return (next, (row, next.position))
    }
}
