/// What a judge learns for one configuration: the categories that its rules name, the operator's own, and others of the
/// library as background, so that a text about something else is not forced into one of the named.
///
/// Unnamed categories of the library that resemble a named one are no background: they count for it (`partOf`: bugs for
/// `code`, where no rule names `debug`) or are left out (`overlaps`: `search` beside `qa`). So are those that resemble
/// one of the operator's own (`BackgroundLikeness`).
package struct CategoryPlan: Sendable {
    /// What the names are for.
    package enum Purpose: Sendable {
        case routes
        /// Kinds of task, for models: what a text is about is no background, a contract can be analysed or translated.
        case tasks
    }

    /// To learn from: first what rules name and the operator's own, from `backgroundStart` on the background.
    package let categories: [CategoryExamples]
    package let backgroundStart: Int
    /// What is wrong with the names and the operator's own categories.
    package let problems: [CategoryProblem]
    /// Folded names, as they are written and as the library calls them, to places in `categories`.
    private let places: [String: Int]

    /// - Parameters:
    ///   - named: the names in the rules, in any order, as often as they come.
    ///   - own: the operator's, named in rules or not; one replaces the library's of the same name or alias. For tasks
    ///     those that are not named are nothing.
    package init(
        named: [String], own: [OwnCategory] = [], purpose: Purpose = .routes, library: CategoryLibrary = .builtIn,
        bounds: CategoryBounds = CategoryBounds()
    ) {
        var choice = CategoryChoice(library: library)
        for category in own where purpose == .routes || Self.names(named, category, library) { choice.take(category) }
        for name in named { choice.take(name, besides: own.map(\.name)) }
        let background = BackgroundLikeness.unlike(choice.ownExamples, among: choice.background(purpose))
        let shares = bounds.shares(
            own: min(bounds.own, choice.ownCount), named: choice.libraryCount, background: background.count)
        let front = choice.examples(each: shares.named, own: bounds.own)
        categories =
            front + background.map { CategoryExamples(name: $0.name, examples: $0.examples(atMost: shares.background)) }
        backgroundStart = front.count
        places = choice.places
        problems = choice.problems
    }

    private static func names(_ names: [String], _ own: OwnCategory, _ library: CategoryLibrary) -> Bool {
        let replaced = library.category(named: own.name)?.name
        return names.contains { name in
            CategoryName.folded(name) == CategoryName.folded(own.name)
                || replaced != nil && library.category(named: name)?.name == replaced
        }
    }

    /// The place in `categories`, and so in the judge's `names`, of a category that a rule names or an operator wrote.
    package func place(of name: String) -> Int? { places[CategoryName.folded(name)] }

    package func isBackground(_ place: Int) -> Bool { place >= backgroundStart }

    /// For every category the number of its group, from 0: those that the very same rules name are one group, since no
    /// rule ever tells them apart; any other is one by itself.
    /// - Parameter rules: the names in each rule.
    package func groups(rules: [[String]]) -> [Int] {
        var rulesOf = [[Int]](repeating: [], count: categories.count)
        for (rule, names) in rules.enumerated() {
            for place in Set(names.compactMap { self.place(of: $0) }) { rulesOf[place].append(rule) }
        }
        var groups: [[Int]: Int] = [:]
        var count = 0
        return rulesOf.map { rules in
            if !rules.isEmpty, let group = groups[rules] { return group }
            defer { count += 1 }
            if !rules.isEmpty { groups[rules] = count }
            return count
        }
    }
}
