/// One difference between two configurations that are in force one after the other.
package struct SettingChange: Sendable, Equatable {
    /// `gateway`, `routing`, `rules`, `chat`, `target`: an entry goes by its identity where its list has one, else by
    /// `[0]`.
    package var path: [String]
    /// The value that was, as JSON, secrets redacted; nil where there was none.
    package var before: String?
    /// The value that is.
    package var after: String?
    package var applies: KeyInfo.Applies

    package init(path: [String], before: String?, after: String?, applies: KeyInfo.Applies) {
        self.path = path
        self.before = before
        self.after = after
        self.applies = applies
    }

    /// `gateway.routing.rules.chat.target`.
    package var pathText: String { KeyPathText.join(path) }
}

extension Section {
    /// What differs, key by key, in the order of the declarations. Values are compared as they are in force: spellings,
    /// positions and defaults that were written out make no difference. Costs about what `==` costs.
    package static func changes(from old: Self, to new: Self, at path: [String] = ["gateway"]) -> [SettingChange] {
        var differences = Differences(path: path)
        collect(old, new, &differences)
        return differences.found
    }

    static func collect(_ old: Self, _ new: Self, _ differences: inout Differences) {
        for key in keys { key.collect(old, new, &differences) }
    }

    /// When a change of a whole object of this type applies: when the last of its keys does.
    static var applies: KeyInfo.Applies { KeyInfo.children(of: Self.self, at: KeyInfo.Place()).latest }
}

/// The differences between two configurations, collected while both are walked.
struct Differences {
    private(set) var found: [SettingChange] = []
    private var path: [String]

    init(path: [String]) { self.path = path }

    /// Compares something one level down.
    mutating func under(_ segment: String, _ compare: (inout Differences) -> Void) {
        path.append(segment)
        compare(&self)
        path.removeLast()
    }

    /// Tells that the value at the current path was one and is another.
    mutating func tell(before: String?, after: String?, _ applies: KeyInfo.Applies) {
        found.append(SettingChange(path: path, before: before, after: after, applies: applies))
    }
}

extension [KeyInfo] {
    /// The latest moment at which one of these keys, or one below them, applies.
    fileprivate var latest: KeyInfo.Applies {
        var latest = KeyInfo.Applies.live
        for key in self { latest = Swift.max(latest, key.applies, key.children.latest) }
        return latest
    }
}
