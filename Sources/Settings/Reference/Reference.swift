/// What is generated from the declarations: the reference for people, the JSON Schema for editors, the example.
/// The same declarations give the same bytes.
package enum Reference {
    /// `docs/configuration.md`: a heading for each section, a table of its keys.
    package static func markdown(_ root: any Section.Type) -> String {
        MarkdownReference(KeyInfo.tree(root)).text
    }

    /// A JSON Schema (draft 2020-12) of configuration files.
    package static func schema(_ root: any Section.Type) -> String {
        SchemaReference(KeyInfo.tree(root)).text
    }

    /// The part of that schema which says what a key takes, standing alone; nil for keys that there are not. Entries of
    /// lists may be named as `[]`, `[0]` or by any name; no path is the whole.
    package static func schema(_ root: any Section.Type, at path: String) -> String? {
        SchemaReference(KeyInfo.tree(root)).text(at: path)
    }

    /// A whole configuration in JSON5: every key with its default and its meaning.
    package static func example(_ root: any Section.Type) -> String {
        ExampleReference(KeyInfo.tree(root)).text
    }
}

extension KeyInfo {
    /// `gateway.agents.pools.NAME`, `gateway.routing.rules[]`: where the keys below stand.
    var headingPath: [String] {
        switch nature {
        case .list: path + ["[]"]
        case .map: path + ["NAME"]
        default: path
        }
    }

    var holdsKeys: Bool { !isLater && nature != .value }

    /// The type column: what stands at the key.
    var typeWords: String {
        switch nature {
        case .value: shape.words
        case .section, .optionalSection: word.map { "section, or its `\($0)` alone" } ?? "section"
        case .list: "list of sections"
        case .map: "map of names to sections"
        case .later: "any"
        }
    }

    /// When a change applies, where that is not at once.
    var appliesWhen: String? {
        switch applies {
        case .live: nil
        case .listener: "with a new listener"
        case .restart: "with the next start"
        }
    }

    /// The default as JSON text for people: none for what is absent, and nothing of secrets.
    var shownDefault: String? {
        guard nature == .value, let text = defaultText, !isSecret || text == "\"\"" else { return nil }
        return text
    }
}
