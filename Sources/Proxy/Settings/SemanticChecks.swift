import Balancer
import Glibc
import Routing
import Semantics
import Settings

/// What semantic rules, rules for models and tiers name must be there, and fit together.
struct SemanticChecks {
    private let settings: GatewaySettings
    private let node: Node
    /// What the semantic rules name, and what rules for models do: which names there are is one question.
    private let plan: CategoryPlan
    private let own: [String]

    static func check(_ settings: GatewaySettings, _ node: Node, _ reading: inout Reading) {
        let checks = SemanticChecks(settings, node)
        checks.checkTiers(&reading)
        checks.checkTexts(&reading)
        checks.checkCategories(&reading)
        checks.checkModels(&reading)
    }

    private init(_ settings: GatewaySettings, _ node: Node) {
        self.settings = settings
        self.node = node
        let own = settings.routing.semantic.categories.sorted { $0.key < $1.key }
        self.own = own.map(\.key)
        plan = CategoryPlan(
            named: Self.semantic(settings).flatMap(\.rule.match.categories) + settings.modelRouting.taskTypes,
            own: own.map { name, category in
                OwnCategory(
                    name: name, examples: category.examples, description: category.description,
                    negatives: category.negatives)
            })
    }

    private static func semantic(_ settings: GatewaySettings) -> [(index: Int, rule: RuleSettings)] {
        settings.routing.rules.enumerated().filter { $1.match.type == .semantic }.map { (index: $0, rule: $1) }
    }

    // MARK: tiers

    private func checkTiers(_ reading: inout Reading) {
        let tiers = settings.semantic.tiers
        guard !tiers.isEmpty else { return }
        let written = node["semantic"]?["tiers"]
        let outer = reading.path
        reading.path += ["semantic", "tiers"]
        if Self.semantic(settings).isEmpty {
            reading.warn(
                written?.position ?? node.position,
                "have no effect: no rule of routing.rules has match.type semantic; add one, or leave them out")
        }
        for (index, tier) in tiers.enumerated() {
            let element = written?.elements.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            reading.under("[\(index)]") { reading in
                check(tier, element, &reading)
            }
        }
        reading.path = outer
    }

    private func check(_ tier: SemanticTierSettings, _ written: Node?, _ reading: inout Reading) {
        if tier.name == SemanticTierName.builtIn {
            reading.under("name") {
                $0.error(place(written, "name"), "is the name of the built-in judge; choose another")
            }
        }
        if tier.type == .endpoint, let url = tier.url {
            do throws(EmbeddingsFault) {
                _ = try EmbeddingsURL(url)
            } catch {
                reading.under("url") { $0.error(place(written, "url"), error.found) }
            }
        } else if tier.type != .endpoint, let path = tier.path, let fault = Self.fault(ofModelIn: path) {
            reading.under("path") { $0.unready(place(written, "path"), fault) }
        }
    }

    private func place(_ written: Node?, _ key: String) -> Position {
        written?[key]?.position ?? written?.position ?? node.position
    }

    /// Whether a model seems to lie there; what is in its files is seen when it is opened.
    private static func fault(ofModelIn path: String) -> String? {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            let reason = String(cString: strerror(errno)).lowercased()
            return "\(Quoted.quote(path)) cannot be read: \(reason); put the model there, or correct the path"
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            return "\(Quoted.quote(path)) is no directory: expected that of the model; name the one its files lie in"
        }
        // what modules.json names may lie in directories below
        let wanted =
            access(path + "/modules.json", F_OK) == 0 ? ["modules.json"] : ["config.json", "model.safetensors"]
        for file in wanted where access(path + "/" + file, R_OK) != 0 {
            let reason = String(cString: strerror(errno)).lowercased()
            return "\(file) in \(Quoted.quote(path)) cannot be read: \(reason); copy the model's whole directory there"
        }
        return nil
    }

    // MARK: where texts stand

    private func checkTexts(_ reading: inout Reading) {
        let texts = settings.routing.semantic.text
        let written = node["routing"]?["semantic"]?["text"]
        let outer = reading.path
        reading.path += ["routing", "semantic", "text"]
        if texts.count > PromptPath.most {
            reading.error(
                written?.position ?? node.position, "expected at most \(PromptPath.most) paths, found \(texts.count)")
        }
        for (index, text) in texts.enumerated() {
            do throws(PromptPathFault) {
                _ = try PromptPath(reading: text)
            } catch {
                let element = written?.elements.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                reading.under("[\(index)]") {
                    $0.error(element?.position ?? written?.position ?? node.position, error.description)
                }
            }
        }
        reading.path = outer
    }

    // MARK: categories

    private func checkCategories(_ reading: inout Reading) {
        let outer = reading.path
        reading.path += ["routing", "semantic", "categories"]
        let written = node["routing"]?["semantic"]?["categories"]
        for member in written?.members ?? [] {
            for problem in plan.problems where problem.category == member.name {
                reading.under(member.name) { reading in
                    if !Self.hasError(reading) { reading.error(member.namePosition, problem.message) }
                }
            }
        }
        reading.path = outer
        let rules = node["routing"]?["rules"]?.elements ?? []
        for (index, rule) in Self.semantic(settings) {
            let given = rules.indices.contains(index) ? rules[index]["match"]?["categories"] : nil
            reading.path += ["routing", "rules", "[\(index)]", "match", "categories"]
            for (place, name) in rule.match.categories.enumerated() where !isKnown(name) {
                let element = given?.elements.flatMap { $0.indices.contains(place) ? $0[place] : nil }
                reading.under("[\(place)]") {
                    $0.error(element?.position ?? given?.position ?? node.position, unknown(name))
                }
            }
            reading.path = outer
        }
    }

    /// Whether something is wrong already with what is being read, or with what stands in it.
    private static func hasError(_ reading: Reading) -> Bool {
        let path = KeyPathText.join(reading.path)
        return reading.problems.contains { problem in
            guard problem.severity == .error, problem.path.hasPrefix(path) else { return false }
            let next = problem.path.dropFirst(path.count).first
            return next == nil || next == "." || next == "["
        }
    }

    /// It is there; what is wrong with one of the operator's is told where that stands.
    private func isKnown(_ name: String) -> Bool {
        if plan.place(of: name) != nil { return true }
        let plain = Self.plain(name)
        return own.contains { Self.plain($0) == plain }
    }

    private static func plain(_ name: String) -> String { name.lowercased().filter { !"-_ \t".contains($0) } }

    private func unknown(_ name: String) -> String {
        plan.problems.first { $0.category == name }?.message
            ?? "no category \(Quoted.quote(name))" + CategoryLibrary.builtIn.hint(for: name, others: own)
    }

    // MARK: models

    private func checkModels(_ reading: inout Reading) {
        reading.under("modelRouting") { reading in
            settings.modelRouting.checkTasks(
                categories: CategoryLibrary.builtIn.names + own, isKnown: { isKnown($0) }, &reading)
            settings.modelRouting.checkModels(served: served, &reading)
        }
        reading.under("modelFallback") { settings.modelFallback.checkModels(served: served, &$0) }
    }

    /// Every model that some agent lists; none where agents may serve any.
    private var served: [String] {
        let discovery = settings.agents.discovery
        guard !discovery.isDynamic, discovery.agents.allSatisfy({ !$0.models.isEmpty }) else { return [] }
        return Set(discovery.agents.flatMap(\.models)).sorted()
    }
}
