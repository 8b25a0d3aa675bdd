/// A category as an operator writes it, in `routing.semantic.categories`.
package struct OwnCategory: Sendable, Equatable {
    package var name: String
    package var examples: [String]
    /// What it is, in a sentence or more; stands for examples where there are none.
    package var description: String?
    /// Texts that are not of it, though they look like it.
    package var negatives: [String]

    package init(name: String, examples: [String] = [], description: String? = nil, negatives: [String] = []) {
        self.name = name
        self.examples = examples
        self.description = description
        self.negatives = negatives
    }

    /// What a classifier learns it from: the examples, else the name and the description's sentences and their parts.
    package var texts: [String] {
        let given = examples.filter { !Self.isBlank($0) }
        guard given.isEmpty, let description else { return given }
        let sentences = Self.pieces(of: description, at: Self.sentenceEnds)
        let parts = Self.pieces(of: description, at: Self.sentenceEnds.union(Self.partEnds))
        guard !sentences.isEmpty else { return [] }
        let readable = String(name.map { $0 == "-" || $0 == "_" ? " " : $0 })
        var seen: Set<String> = []
        return ([readable] + sentences + parts).filter { seen.insert($0).inserted }
    }

    /// A full stop ends a sentence only where a blank or nothing follows, so that `3.5` and `node.js` stay whole.
    private static func pieces(of text: String, at ends: Set<Character>) -> [String] {
        let characters = Array(text)
        var pieces = [""]
        for (index, character) in characters.enumerated() {
            let isLast = index + 1 == characters.count || characters[index + 1].isWhitespace
            if ends.contains(character), isLast || !character.isASCII || character == "\n" {
                pieces.append("")
            } else {
                pieces[pieces.count - 1].append(character)
            }
        }
        return pieces.map { trimmed($0) }.filter { !$0.isEmpty }
    }

    private static func trimmed(_ text: String) -> String {
        let front = text.drop { $0.isWhitespace }
        return String(front.reversed().drop { $0.isWhitespace }.reversed())
    }

    private static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

    private static let sentenceEnds: Set<Character> = [".", "!", "?", "。", "！", "？", "\n"]
    private static let partEnds: Set<Character> = [",", ";", ":", "，", "；", "：", "、"]
}
