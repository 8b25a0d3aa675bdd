/// Everything a match looks into, as plain memory: whatever is read here counts no references, so that loops that share
/// it do not write to each other's caches.
///
/// Built once by `TablesBuilder`, read by any number of threads, freed by `TablesMemory`.
struct Tables {
    var seed: UInt64
    var exact: PathTable
    var prefixes: PathTable
    /// The paths below which semantic rules look.
    var meanings: PathTable
    var hosts: HostTable
    var hostSpans: HostSpans
    var groups: UnsafeMutablePointer<Group>
    var ranks: UnsafeMutablePointer<Int32>
    var candidates: UnsafeMutablePointer<Candidate>
    var conditions: UnsafeMutablePointer<Condition>
    var texts: UnsafeMutablePointer<UInt8>
    /// The group of each regular expression, by its number.
    var expressionGroups: UnsafeMutablePointer<Int32>
    var expressionCount: Int
    /// The best candidate that has a regular expression, or `Int32.max`.
    var bestExpression: Int32
    /// The best candidate of a semantic rule, or `Int32.max`.
    var bestMeaning: Int32
    /// What each semantic candidate asks, by its place; nothing for the others.
    var terms: UnsafeMutablePointer<MeaningTerms>
    /// The group of rules that take every path, or -1.
    var everyPath: Int32
}

/// Owns the memory of the tables and the expressions that they point to.
final class TablesMemory: @unchecked Sendable {
    // Sendable: written before it is shared, and never after.
    let tables: UnsafePointer<Tables>
    let expressions: ExpressionSet
    private let fieldExpressions: [Expression]

    init(_ tables: Tables, _ expressions: ExpressionSet, _ fieldExpressions: [Expression]) {
        let place = UnsafeMutablePointer<Tables>.allocate(capacity: 1)
        place.initialize(to: tables)
        self.tables = UnsafePointer(place)
        self.expressions = expressions
        self.fieldExpressions = fieldExpressions
    }

    deinit {
        let old = tables.pointee
        old.exact.free()
        old.prefixes.free()
        old.meanings.free()
        old.hosts.free()
        old.hostSpans.free()
        old.groups.deallocate()
        old.ranks.deallocate()
        old.candidates.deallocate()
        old.conditions.deallocate()
        old.texts.deallocate()
        old.expressionGroups.deallocate()
        old.terms.deallocate()
        tables.deallocate()
    }
}
