/// Reads the text in which the library's categories are written; its form is told on top of that text,
/// `Sources/CSemanticTable/data/categories.txt`.
struct CategoryText {
    private(set) var categories: [LibraryCategory] = []
    private var section: Section?
    private var line = 0

    private enum Section { case english, chinese }

    static func read(_ text: String) throws(CategoryTextFault) -> [LibraryCategory] {
        var reader = CategoryText()
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) { try reader.take(line) }
        try reader.checkNames()
        return reader.categories
    }

    private mutating func take(_ text: Substring) throws(CategoryTextFault) {
        line += 1
        switch text.first {
        case nil, "#": return
        case "@": try takeStatement(text.dropFirst())
        default: try takeExample(text)
        }
    }

    private mutating func takeStatement(_ text: Substring) throws(CategoryTextFault) {
        let parts = text.split(separator: " ", maxSplits: 1)
        let key = parts.first ?? ""
        let value = parts.count > 1 ? String(parts[1]) : ""
        if key == "category" {
            guard !value.isEmpty else { throw fault("a category without a name: expected '@category NAME'") }
            categories.append(LibraryCategory(name: value))
            section = nil
            return
        }
        guard let current = categories.indices.last else { throw fault("'@\(key)' stands before any '@category'") }
        switch key {
        case "family": categories[current].family = value
        case "kind": categories[current].kind = try kind(value)
        case "description": categories[current].description = value
        case "aliases": categories[current].aliases = Self.list(value)
        case "part-of": categories[current].partOf = Self.list(value)
        case "overlaps": categories[current].overlaps = Self.list(value)
        case "en": section = .english
        case "zh": section = .chinese
        default: throw fault("no statement '@\(key)'; an example that begins with '@' begins with '\\@'")
        }
    }

    private mutating func takeExample(_ text: Substring) throws(CategoryTextFault) {
        guard let current = categories.indices.last, let section else {
            throw fault("an example without its language: expected '@en' or '@zh' before it")
        }
        let example = try unescaped(text)
        switch section {
        case .english: categories[current].english.append(example)
        case .chinese: categories[current].chinese.append(example)
        }
    }

    private func unescaped(_ text: Substring) throws(CategoryTextFault) -> String {
        guard text.contains("\\") else { return String(text) }
        var example = ""
        var isEscaped = false
        for character in text {
            guard isEscaped else {
                if character == "\\" { isEscaped = true } else { example.append(character) }
                continue
            }
            isEscaped = false
            switch character {
            case "n": example.append("\n")
            case "t": example.append("\t")
            case "\\", "#", "@": example.append(character)
            default: throw fault("no escape '\\\(character)': expected \\n, \\t, \\\\, \\# or \\@")
            }
        }
        if isEscaped { throw fault("a line that ends with '\\': write '\\\\'") }
        return example
    }

    private func kind(_ value: String) throws(CategoryTextFault) -> LibraryCategory.Kind {
        guard let kind = LibraryCategory.Kind(rawValue: value) else {
            throw fault("no kind '\(value)': expected 'task' or 'topic'")
        }
        return kind
    }

    /// Every name and alias stands for one category, and every category that another refers to is there.
    private mutating func checkNames() throws(CategoryTextFault) {
        var known: [String: String] = [:]
        for category in categories {
            for name in [category.name] + category.aliases {
                let other = known.updateValue(category.name, forKey: CategoryName.folded(name))
                if let other, other != category.name || name == category.name {
                    throw fault("'\(name)' of '\(category.name)' names '\(other)' too")
                }
            }
        }
        let names = Set(categories.map(\.name))
        for category in categories {
            for other in category.partOf + category.overlaps where !names.contains(other) {
                throw fault("'\(category.name)' refers to '\(other)', which is no category")
            }
        }
    }

    private static func list(_ value: String) -> [String] {
        value.split(separator: ",").map { String($0.drop { $0 == " " }) }
    }

    private func fault(_ message: String) -> CategoryTextFault { CategoryTextFault(line: line, message: message) }
}
