internal import Semantics

/// Which semantic rules the classes of labelled rows mean: by the name of a rule, else by that of a category.
struct RowClasses {
    private let rules: [OfflineRule]
    private let places: [String: [Int]]
    private let library = CategoryLibrary.builtIn

    init(_ rules: [OfflineRule]) {
        self.rules = rules
        var places: [String: [Int]] = [:]
        for (place, rule) in rules.enumerated() {
            for category in rule.categories { places[Self.plain(category, library), default: []].append(place) }
        }
        self.places = places
    }

    /// The places of the rules that should take a row; nil where its classes mean none of them.
    func takers(of row: LabelledRow) -> Set<Int>? {
        let names = [row.route, row.label].compactMap { $0 }
        for name in names {
            if let place = rules.firstIndex(where: { $0.name == name }) { return [place] }
        }
        return names.lazy.compactMap(takers(ofCategory:)).first
    }

    /// A category that no rule names counts for the one that it is part of.
    private func takers(ofCategory name: String) -> Set<Int>? {
        if let known = places[Self.plain(name, library)] { return Set(known) }
        let hosts = library.category(named: name)?.partOf ?? []
        return hosts.lazy.compactMap { places[$0] }.first.map { Set($0) }
    }

    /// As the library calls it, else without what does not matter in names of categories.
    private static func plain(_ name: String, _ library: CategoryLibrary) -> String {
        library.category(named: name)?.name ?? name.lowercased().filter { !"-_ \t".contains($0) }
    }
}
