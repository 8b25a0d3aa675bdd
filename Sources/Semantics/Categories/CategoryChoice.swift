internal import Settings

/// Which categories a plan has in front, found name by name.
struct CategoryChoice {
    private enum Source {
        case own(OwnCategory)
        case library(LibraryCategory, negatives: [String])
    }

    private let library: CategoryLibrary
    private var sources: [Source] = []
    /// The library's categories that are taken or replaced, by name, with the places of what stands for them.
    private var taken: [String: Int] = [:]
    /// Folded names, as they were written, and their places.
    private(set) var places: [String: Int] = [:]
    private(set) var problems: [CategoryProblem] = []

    init(library: CategoryLibrary) { self.library = library }

    /// One of the operator's. What gives nothing but negatives adds them to the library's of that name.
    mutating func take(_ category: OwnCategory) {
        let folded = CategoryName.folded(category.name)
        guard places[folded] == nil else {
            return report(category.name, "is there twice; expected names that differ in more than case; leave one out")
        }
        let replaced = library.category(named: category.name)
        if !category.texts.isEmpty {
            add(.own(category), folded, replaced)
        } else if let replaced, !category.negatives.isEmpty {
            add(.library(replaced, negatives: category.negatives), folded, replaced)
        } else {
            report(category.name, "has nothing to be learnt from; expected examples; write some, or a description")
        }
    }

    /// A name in a rule. `besides`: the operator's own names, for the hint.
    mutating func take(_ name: String, besides own: [String]) {
        let folded = CategoryName.folded(name)
        guard places[folded] == nil, !problems.contains(where: { CategoryName.folded($0.category) == folded }) else {
            return
        }
        guard let category = library.category(named: name) else {
            let hint = library.hint(for: name, others: own)
            let otherwise = "; expected one of the library or of routing.semantic.categories; add examples of it there"
            problems.append(
                CategoryProblem(
                    category: name, message: "no category \(Quoted.quote(name))\(hint.isEmpty ? otherwise : hint)"))
            return
        }
        if let place = taken[category.name] {
            places[folded] = place
        } else {
            add(.library(category, negatives: []), folded, category)
        }
    }

    /// The operator's own, whole.
    var ownExamples: [CategoryExamples] {
        sources.compactMap { source in
            guard case .own(let category) = source else { return nil }
            return CategoryExamples(name: category.name, examples: category.texts)
        }
    }

    var ownCount: Int { ownExamples.reduce(0) { $0 + $1.examples.count } }

    var libraryCount: Int { sources.count - ownExamples.count }

    /// The examples of what was taken: of the library at most `each`, of the operator's at most `own` all together.
    func examples(each: Int, own: Int) -> [CategoryExamples] {
        let all = ownCount
        return sources.map { source in
            switch source {
            case .own(let category):
                let texts = category.texts
                let count = all <= own ? texts.count : max(1, texts.count * own / all)
                return CategoryExamples(
                    name: category.name, examples: Spread.choose(count, of: texts), negatives: category.negatives)
            case .library(let category, let negatives):
                let guests = library.categories.filter { host(of: $0) == category.name }
                return CategoryExamples(
                    name: category.name, examples: Self.mixed(category, guests, each), negatives: negatives)
            }
        }
    }

    /// The library's categories that are neither named nor like a named one.
    func background(_ purpose: CategoryPlan.Purpose) -> [LibraryCategory] {
        library.categories.filter { category in
            if isTaken(category.name) || (purpose == .tasks && category.kind == .topic) { return false }
            return !(category.partOf + category.overlaps).contains(where: isTaken)
        }
    }

    /// The named category for which the examples of an unnamed one count. One that the operator wrote takes none.
    private func host(of category: LibraryCategory) -> String? {
        guard !isTaken(category.name), let named = category.partOf.first(where: isTaken), let place = taken[named],
            case .library = sources[place]
        else { return nil }
        return named
    }

    /// Half of the category itself, or more where there are few guests, and as many of each guest.
    private static func mixed(_ category: LibraryCategory, _ guests: [LibraryCategory], _ count: Int) -> [String] {
        guard !guests.isEmpty else { return category.examples(atMost: count) }
        let ofGuest = min(count / 4, count / 2 / guests.count)
        return category.examples(atMost: count - ofGuest * guests.count)
            + guests.flatMap { $0.examples(atMost: ofGuest) }
    }

    private func isTaken(_ name: String) -> Bool { taken[name] != nil }

    /// An own category of the library's very name stands before one that goes by an alias.
    private mutating func add(_ source: Source, _ folded: String, _ category: LibraryCategory?) {
        places[folded] = sources.count
        if let category, !isTaken(category.name) || CategoryName.folded(category.name) == folded {
            taken[category.name] = sources.count
        }
        sources.append(source)
    }

    private mutating func report(_ name: String, _ message: String) {
        problems.append(CategoryProblem(category: name, message: "category \(Quoted.quote(name)) \(message)"))
    }
}
