internal import Settings
package import Wire

/// Finds the rule that takes a request, at a cost that does not grow with the number of rules.
///
/// The order in which rules win is told in `RoutingSettings`. Exact paths and prefixes are found by hashes taken at
/// each border of the path's segments, hosts by a hash of their own, regular expressions all in one pass. Only rules
/// with one pattern and one host, told apart by methods, fields or parameters, are tried one after the other.
///
/// What a text means is not asked here: where a semantic rule could win, the answer is a question (`MeaningQuestion`).
/// Requests that another rule takes before cost one comparison for it.
///
/// Nothing changes in it after it was made; a match asks for no memory but what RE2 asks for.
package final class Router: @unchecked Sendable {
    // Sendable: the tables are plain memory that nobody writes to any more.
    /// No rule takes the request.
    package static let none = -1
    /// Memory ran out before a rule was found: not to be taken for `none`.
    package static let outOfMemory = -2
    /// A semantic rule may take the request: `question` tells which, and who does otherwise.
    package static let asksMeaning = -3

    /// In the order written; `routing.default` is the last. Without any rule and default there is one that takes
    /// everything, for every agent.
    package let rules: [Rule]
    private let memory: TablesMemory
    private let tables: UnsafePointer<Tables>

    /// What is wrong with the settings was told when they were checked; a rule whose match has a fault takes nothing.
    /// Expressions that the `previous` router compiled are not compiled again.
    /// `seed` is mixed into the hashes: by default one of this process alone.
    package convenience init(
        _ settings: RoutingSettings, previous: Router? = nil, seed: UInt64 = Router.processSeed
    ) {
        self.init(
            settings, seed: seed, setMemory: ExpressionSet.memory, expressionMemory: Expression.memory,
            previous: previous)
    }

    /// With other bounds on the memory of regular expressions, in bytes: of all together, and of each alone.
    package init(
        _ settings: RoutingSettings, seed: UInt64, setMemory: Int, expressionMemory: Int, previous: Router? = nil
    ) {
        var builder = TablesBuilder(
            settings, seed: seed, setMemory: setMemory, expressionMemory: expressionMemory,
            previous: previous?.memory.expressions)
        memory = builder.build()
        rules = builder.rules
        tables = memory.tables
    }

    /// The same router for another loop: it shares the tables and the rules, of which a loop takes a `rule(copy:)` for
    /// each that it uses.
    package init(copy router: Router) {
        memory = router.memory
        tables = router.tables
        rules = router.rules
    }

    /// A rule as an object of its own, whose references are counted apart from those of the other loops.
    package func rule(copy index: Int) -> Rule { Rule(copy: rules[index]) }

    package static let processSeed = UInt64.random(in: .min ... .max)

    /// Whether there is any semantic rule: `match` never says `asksMeaning` without.
    package var hasSemanticRules: Bool { tables.pointee.bestMeaning != Int32.max }

    /// The place in `rules` of the rule that takes the request, `none`, `outOfMemory` or `asksMeaning`.
    package func match(_ head: RequestHead) -> Int {
        var search = Search(tables)
        guard others(head, &search) else { return Router.outOfMemory }
        if tables.pointee.bestMeaning < search.best {
            var isAsked = false
            let isTold = search.meanings(head) { _ in
                isAsked = true
                return .enough
            }
            if isAsked { return Router.asksMeaning }
            guard isTold else { return Router.outOfMemory }
        }
        return place(search.best)
    }

    /// What the text of a request must be asked where `match` says `asksMeaning`; nil where memory ran out, or where
    /// there is nothing to ask.
    package func question(_ head: RequestHead) -> MeaningQuestion? {
        var search = Search(tables)
        guard others(head, &search) else { return nil }
        var found: [MeaningQuestion.Candidate] = []
        let isTold = search.meanings(head) { [tables] rank in
            found.append(
                MeaningQuestion.Candidate(
                    rank: rank, number: tables.pointee.candidates[Int(rank)].rule,
                    terms: tables.pointee.terms[Int(rank)]))
            return .more
        }
        return isTold && !found.isEmpty ? MeaningQuestion(found, otherwise: place(search.best)) : nil
    }

    @inline(__always)
    private func place(_ best: Int32) -> Int {
        best == Int32.max ? Router.none : Int(tables.pointee.candidates[Int(best)].rule)
    }

    /// Looks for the best rule that is not semantic. False where memory ran out.
    @inline(__always)
    private func others(_ head: RequestHead, _ search: inout Search) -> Bool {
        let path = head.path
        guard search.paths(path, head) else { return false }
        if tables.pointee.bestExpression < search.best {
            guard expressions(path, head, &search) else { return false }
        }
        return tables.pointee.everyPath < 0 || search.look(tables.pointee.everyPath, head)
    }

    private func expressions(_ path: UnsafeRawBufferPointer, _ head: RequestHead, _ search: inout Search) -> Bool {
        let groups = tables.pointee.expressionGroups
        var isTold = true
        let isWhole = memory.expressions.forEach(
            in: path,
            isWanted: { tables.pointee.groups[Int(groups[$0])].best < search.best },
            found: { isTold = search.look(groups[$0], head) && isTold })
        return isTold && isWhole
    }
}
