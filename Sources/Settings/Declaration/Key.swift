/// The declaration of one key of a section: its name, its property, what it means. An object, so that walking the keys
/// of ten thousand entries copies nothing.
package final class Key<S: Section>: Sendable {
    package typealias Applies = KeyInfo.Applies

    package let name: String
    package let meaning: String
    package let aliases: [String]
    package let applies: Applies
    package let isSecret: Bool
    package let isRequired: Bool
    /// A list that may be written as its one entry alone.
    let takesOne: Bool
    /// A section that may be written as the value of this one of its keys, if that is a string.
    let word: String?
    let nature: KeyInfo.Nature
    let shape: Shape
    /// Sections below, by the place of this key and the defaults of the section that holds it.
    let children: @Sendable (KeyInfo.Place, S) -> [KeyInfo]
    /// Takes the key out of its object; false where something was there (or missing) that could not be read.
    let fill: @Sendable (inout S, Node, inout Reading) -> Bool
    /// The property as it may be shown, secrets redacted; nil where it holds nothing.
    let node: @Sendable (S) -> Node?
    /// Tells how the property differs between two sections.
    let collect: @Sendable (_ old: S, _ new: S, inout Differences) -> Void

    package var isLater: Bool {
        if case .later = nature { true } else { false }
    }

    init(
        _ name: String, _ meaning: String, nature: KeyInfo.Nature, shape: Shape, aliases: [String] = [],
        applies: Applies = .live, isSecret: Bool = false, isRequired: Bool = false,
        takesOne: Bool = false, word: String? = nil,
        children: @escaping @Sendable (KeyInfo.Place, S) -> [KeyInfo] = { _, _ in [] },
        node: @escaping @Sendable (S) -> Node? = { _ in nil },
        collect: @escaping @Sendable (S, S, inout Differences) -> Void = { _, _, _ in },
        fill: @escaping @Sendable (inout S, Node, inout Reading) -> Bool
    ) {
        self.name = name
        self.meaning = meaning
        self.nature = nature
        self.shape = shape
        self.aliases = aliases
        self.applies = applies
        self.isSecret = isSecret
        self.isRequired = isRequired
        self.takesOne = takesOne
        self.word = word
        self.children = children
        self.node = node
        self.collect = collect
        self.fill = fill
    }
}

extension Node {
    /// A member that says something: one that is not null.
    func given(_ name: String) -> Node? {
        guard let node = self[name], !node.isNull else { return nil }
        return node
    }
}
