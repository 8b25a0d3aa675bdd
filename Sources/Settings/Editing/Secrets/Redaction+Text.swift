extension Redaction {
    /// A file's text as it may be shown: its secrets replaced where they stand, and where they stand again, in a
    /// comment or as part of something else. Short ones are not looked for again, nor what is a member's name: that
    /// would tell nothing and make the text unreadable.
    package func hiddenText(_ text: DocumentText) -> [UInt8] {
        let found = secrets(of: text.node)
        guard !found.paths.isEmpty else { return text.bytes }
        let replaced = text.replacingStrings { path, string in
            found.texts.contains(string) && found.paths.contains(path) ? Secret.redacted : nil
        }
        return found.search.replacing(in: found.numbers.reduce(replaced) { TextSearch.replacingWord($1, in: $0) })
    }

    /// The secrets of a document.
    func secrets(of document: Node) -> FoundSecrets {
        var found = FoundSecrets()
        withoutActuallyEscaping({ (path: [String], node: Node) in found.add(path, node) }) { tell in
            var hiding = Hiding(keepsVariables: true, tell: tell)
            _ = hiding.hide(document, .document(keys), .open)
        }
        found.leaveOutNames(of: document)
        return found
    }
}

/// Where a document has secrets, and which.
struct FoundSecrets {
    private(set) var paths: Set<[String]> = []
    private(set) var texts: Set<String> = []
    /// Numbers where a secret belongs. The key refuses them, but they are no less secret.
    private(set) var numbers: Set<String> = []
    /// Those that are looked for wherever they may stand.
    private(set) var search = TextSearch()
    private var longTexts: Set<String> = []

    /// Shorter ones may be part of anything.
    private static let leastLength = 8
    private static let leastDigits = 4

    mutating func add(_ path: [String], _ node: Node) {
        paths.insert(path)
        switch node.value {
        case .string(let text):
            texts.insert(text)
            if text.unicodeScalars.count >= FoundSecrets.leastLength, !Secret.redacted.contains(text) {
                longTexts.insert(text)
            }
        case .number(let literal) where literal.utf8.count >= FoundSecrets.leastDigits:
            numbers.insert(literal)
        default: break
        }
    }

    /// Prepares the search; what is part of a member's name is no secret worth breaking the text for.
    mutating func leaveOutNames(of document: Node) {
        guard !longTexts.isEmpty else { return }
        let all = TextSearch(longTexts)
        var named: Set<String> = []
        all.find(inNamesOf: document) { named.insert($0) }
        search = named.isEmpty ? all : TextSearch(longTexts.subtracting(named))
    }
}
