/// A key without its types: what tools that walk all keys see (spellings, environment, reference, completion).
package struct KeyInfo: Sendable {
    /// When a change takes effect, soonest first.
    package enum Applies: String, Sendable, Comparable, CaseIterable {
        /// At once, for what begins from then on.
        case live
        /// At once, by a listener that is bound anew; the old one is dropped after that.
        case listener
        /// With the next start of the process.
        case restart

        package static func < (one: Applies, two: Applies) -> Bool { one.rank < two.rank }

        private var rank: Int { Applies.allCases.firstIndex(of: self) ?? 0 }

        /// The reference's word: `live`, `new listener`, `restart`.
        package var words: String { self == .listener ? "new listener" : rawValue }
    }

    package enum Nature: Sendable, Equatable {
        case value
        case section
        /// An object that is absent unless written.
        case optionalSection
        case list(identity: String?)
        /// Free names, each with an object.
        case map
        case later(protects: Bool)
    }

    package var name: String
    /// From `gateway`; a list's entry is `[]`, a free name `NAME`: `gateway.agents.pools.NAME.tags`.
    package var path: [String]
    package var meaning: String
    package var nature: Nature
    package var shape: Shape
    /// The default as JSON text; nil where there is none.
    package var defaultText: String?
    package var isSecret: Bool
    package var isRequired: Bool
    /// A list that may be written as its one entry alone.
    package var takesOne: Bool
    /// The key of this section whose value may stand for the whole, if it is a string.
    package var word: String?
    package var applies: Applies
    /// Other accepted names, besides the snake_case spelling of each.
    package var aliases: [String]
    package var children: [KeyInfo]
    /// The variable that sets it: `OPENCLAW_GATEWAY_HTTP_LISTEN`; nil where none does.
    package var environment: String?

    package var isLater: Bool {
        if case .later = nature { true } else { false }
    }

    /// `gateway.http.listen`.
    package var pathText: String { KeyPathText.join(path) }

    /// Every accepted spelling, the canonical one first.
    package let spellings: [String]
}

extension KeyInfo {
    /// Where a key stands while the tree is built.
    package struct Place: Sendable {
        package var path: [String] = ["gateway"]
        /// Within a list or under a free name: no variable reaches there.
        var isBelowNames = false
        /// Sections that hold themselves end here.
        static let deepest = 24

        package init(path: [String] = ["gateway"]) { self.path = path }

        var inEntry: Place { below("[]") }
        var underName: Place { below("NAME") }

        private func below(_ segment: String) -> Place {
            var place = self
            place.path.append(segment)
            place.isBelowNames = true
            return place
        }
    }

    /// The keys of a section and all below them.
    package static func tree(_ root: any Section.Type) -> [KeyInfo] {
        opened(root)
    }

    private static func opened<S: Section>(_ root: S.Type) -> [KeyInfo] {
        children(of: S.self, at: Place())
    }

    static func children<S: Section>(of type: S.Type, at place: Place, defaults: S = S()) -> [KeyInfo] {
        guard place.path.count < Place.deepest else { return [] }
        return S.keys.map { KeyInfo($0, defaults, in: place) }
    }

    private init<S: Section>(_ key: Key<S>, _ defaults: S, in place: Place) {
        var own = place
        own.path.append(key.name)
        name = key.name
        path = own.path
        meaning = key.meaning
        nature = key.nature
        shape = key.shape
        isSecret = key.isSecret
        isRequired = key.isRequired
        takesOne = key.takesOne
        word = key.word
        applies = key.applies
        aliases = key.aliases
        children = key.children(own, defaults)
        defaultText = key.isRequired ? nil : key.node(defaults)?.json
        environment = place.isBelowNames ? nil : EnvironmentName.of(own.path, key.nature, key.shape)
        spellings = Spelling.all(key.name, key.aliases)
    }
}
