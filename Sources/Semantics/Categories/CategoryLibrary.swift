internal import CSemanticTable
internal import Settings

/// The categories that exist without being configured, each with examples in English and Chinese.
package struct CategoryLibrary: Sendable {
    package let categories: [LibraryCategory]
    /// Names and aliases, folded, to places in `categories`.
    private let places: [String: Int]

    /// The one that is built in. Its text is a part of the program, and the tests hold that it can be read.
    package static let builtIn: CategoryLibrary = {
        var count = 0
        let bytes = clawproxy_semantic_categories(&count)
        let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        return (try? CategoryLibrary(text: text)) ?? CategoryLibrary([])
    }()

    package init(text: String) throws(CategoryTextFault) { self.init(try CategoryText.read(text)) }

    package init(_ categories: [LibraryCategory]) {
        self.categories = categories
        var places: [String: Int] = [:]
        for (place, category) in categories.enumerated() {
            for name in [category.name] + category.aliases { places[CategoryName.folded(name)] = place }
        }
        self.places = places
    }

    package var names: [String] { categories.map(\.name) }

    /// The category of this name or alias, in any case, with words set apart in any way.
    package func category(named name: String) -> LibraryCategory? {
        places[CategoryName.folded(name)].map { categories[$0] }
    }

    /// "; did you mean 'planning'?", or nothing where no name is near. `others`: names that are there besides.
    package func hint(for name: String, others: [String] = []) -> String {
        let near = Nearest.hint(for: name, among: names + others)
        if !near.isEmpty { return near }
        guard let alias = Nearest.word(to: name, among: categories.flatMap(\.aliases)) else { return "" }
        return category(named: alias).map { "; did you mean '\($0.name)'?" } ?? ""
    }
}
