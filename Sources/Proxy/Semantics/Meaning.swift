internal import Routing
internal import Semantics

/// What words mean to one generation: the categories of its semantic rules and of its rules for models, learnt. All loops
/// share it. What would be learnt again from the same texts is taken over from the generation before: it takes
/// milliseconds.
final class Meaning: Sendable {
    /// A judge with what it was learnt from.
    private final class Learnt: Sendable {
        let categories: [CategoryExamples]
        /// Those of one group count for the same rules: how sure of them the judge is, is fitted to the group.
        let groups: [Int]?
        let judge: Judge

        init(_ categories: [CategoryExamples], _ groups: [Int]?) {
            self.categories = categories
            self.groups = groups
            judge = Judge(categories, groups: groups)
        }
    }

    /// Where the text of a body stands.
    let paths: [PromptPath]
    private let routing: Learnt?
    private let modelling: Learnt?
    /// Of the routing's categories, by rule.
    private let places: [Int: [Int]]
    private let taskPlan: CategoryPlan?
    /// Of the routing's categories, the first that no rule names.
    let backgroundStart: Int

    init(_ settings: GatewaySettings, _ rules: [Rule], previous: Meaning?) {
        let written = settings.routing.semantic
        let given = written.text.compactMap { PromptPath($0) }
        paths = given.isEmpty ? PromptPath.standard : given
        let own = written.categories.sorted { $0.key < $1.key }.map { name, category in
            OwnCategory(
                name: name, examples: category.examples, description: category.description,
                negatives: category.negatives)
        }
        let semantic = rules.filter { $0.match.type == .semantic }
        if semantic.isEmpty {
            routing = nil
            places = [:]
            backgroundStart = 0
        } else {
            let plan = CategoryPlan(named: semantic.flatMap(\.match.categories), own: own)
            routing = Self.learnt(
                plan.categories, plan.groups(rules: semantic.map(\.match.categories)), previous?.routing)
            backgroundStart = plan.backgroundStart
            places = Dictionary(
                uniqueKeysWithValues: semantic.map { rule in
                    (rule.index, Set(rule.match.categories.compactMap { plan.place(of: $0) }).sorted())
                })
        }
        let tasks = settings.modelRouting.isInForce ? settings.modelRouting.taskTypes : []
        if tasks.isEmpty {
            modelling = nil
            taskPlan = nil
        } else {
            let plan = CategoryPlan(named: tasks, own: own, purpose: .tasks)
            modelling = Self.learnt(plan.categories, nil, previous?.modelling)
            taskPlan = plan
        }
    }

    private static func learnt(_ categories: [CategoryExamples], _ groups: [Int]?, _ previous: Learnt?) -> Learnt {
        if let previous, previous.categories == categories, previous.groups == groups { return previous }
        return Learnt(categories, groups)
    }

    /// Of the semantic rules; nil where there are none.
    var routes: Judge? { routing?.judge }
    /// What `routes` was learnt from, for tiers that learn it too.
    var categories: [CategoryExamples] { routing?.categories ?? [] }
    /// Of the rules for models; nil where none names a kind of task.
    var tasks: Judge? { modelling?.judge }

    /// The place of a kind of task in `tasks.names`.
    func taskPlace(of name: String) -> Int? { taskPlan?.place(of: name) }

    /// The places of a rule's categories in `routes.names`.
    func places(of rule: Int) -> [Int] { places[rule] ?? [] }

    /// The sum of the probabilities of a rule's categories, at most 1.
    func score(of rule: Int, _ probabilities: [Float]) -> Float {
        min(1, places(of: rule).reduce(0) { $0 + ($1 < probabilities.count ? probabilities[$1] : 0) })
    }

    /// The built-in's word is enough: it is sure of one category, or of several that one rule names.
    func isClear(_ verdict: Verdict, _ probabilities: [Float]) -> Bool {
        verdict.isClear || places.keys.contains { score(of: $0, probabilities) >= Verdict.clear }
    }
}

extension SemanticTiers {
    /// A generation goes live.
    func follow(_ generation: Generation) {
        let settings = generation.settings
        follow(generation.meaning, settings.semantic, budget: settings.routing.semantic.budget)
    }
}
