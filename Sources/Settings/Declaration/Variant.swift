/// A choice of words. The raw values are the kebab-case spellings; `round_robin`, `roundRobin` and `Round Robin` are
/// read as `round-robin` too, and unknown words suggest the nearest.
package protocol Variant: SettingValue, RawRepresentable, CaseIterable where RawValue == String {
    /// What the words are: `strategy`.
    static var noun: String { get }
    /// Extra accepted spellings.
    static var spellings: [String: Self] { get }
}

extension Variant {
    package static var spellings: [String: Self] { [:] }

    package static var shape: Shape { .choice(allCases.map(\.rawValue), noun: noun) }

    package var text: String { JSONText.quoted(rawValue) }

    package static func read(_ node: Node, _ reading: inout Reading) -> Self? {
        guard let word = node.string else {
            reading.expected(shape.expected, node)
            return nil
        }
        if let exact = Self(rawValue: word) ?? spellings[word] { return exact }
        let folded = Nearest.fold(word)
        if let same = allCases.first(where: { Nearest.fold($0.rawValue) == folded }) { return same }
        if let same = spellings.first(where: { Nearest.fold($0.key) == folded }) { return same.value }
        reading.error(node.position, complaint(word, reading.isConcealed))
        return nil
    }

    private static func complaint(_ word: String, _ isConcealed: Bool) -> String {
        let words = allCases.map(\.rawValue)
        guard !isConcealed else { return "expected \(shape.expected)" }
        let unknown = "no \(noun) \(Quoted.quote(word))"
        if let near = Nearest.word(to: word, among: words + spellings.keys.sorted()) {
            return "\(unknown); did you mean '\(near)'?"
        }
        return "\(unknown); expected \(Quoted.list(words))"
    }
}
