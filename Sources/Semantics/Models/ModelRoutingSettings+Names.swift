package import Settings

extension ModelRoutingSettings {
    /// Every kind of task that a rule names, in order, none twice.
    package var taskTypes: [String] {
        var seen: Set<String> = []
        return rules.flatMap(\.condition.taskType.values).map(\.value).filter { seen.insert($0).inserted }
    }

    /// Every model that can be chosen, with the path to it from `modelRouting`.
    package var models: [(path: [String], name: Located<String>)] {
        let byRule = rules.enumerated().map { (path: ["rules", "[\($0)]", "model"], name: $1.model) }
        return (defaultModel.map { [(path: ["defaultModel"], name: $0)] } ?? []) + byRule
    }

    /// Reports kinds of task that no category is called. `categories`: all names that there are, those of the library
    /// and the operator's own; `isKnown`: for whoever takes other spellings of them too. To be called with the reading
    /// at the path of `modelRouting`.
    package func checkTasks(
        categories: [String], isKnown: ((String) -> Bool)? = nil, _ reading: inout Reading
    ) {
        let names = Set(categories)
        for (index, rule) in rules.enumerated() {
            let tasks = rule.condition.taskType.values
            for (place, task) in tasks.enumerated() where !(isKnown?(task.value) ?? names.contains(task.value)) {
                let path = ["rules", "[\(index)]", "condition", "taskType"] + (tasks.count == 1 ? [] : ["[\(place)]"])
                let hint = Nearest.hint(for: task.value, among: categories)
                reading.descend(path) {
                    $0.error(
                        task.position,
                        "no category \(Quoted.quote(task.value))"
                            + (hint.isEmpty ? "; own ones stand in routing.semantic.categories" : hint))
                }
            }
        }
    }

    /// Warns of models that no agent says it serves. `served`: all that agents list; none where some agent lists none,
    /// and so takes any.
    package func checkModels(served: [String], _ reading: inout Reading) {
        reading.checkModels(models, served: served)
    }
}

extension ModelFallbackSettings {
    /// Every model of the chain, with the path to it from `modelFallback`.
    package var models: [(path: [String], name: Located<String>)] {
        let further = fallbackChain.enumerated().map { (path: ["fallbackChain", "[\($0)]"], name: $1) }
        return (primary.map { [(path: ["primary"], name: $0)] } ?? []) + further
    }

    /// Warns of models that no agent says it serves; as `ModelRoutingSettings.checkModels`.
    package func checkModels(served: [String], _ reading: inout Reading) {
        reading.checkModels(models, served: served)
    }
}

extension Reading {
    /// Reads something several levels down.
    fileprivate mutating func descend(_ path: [String], _ read: (inout Reading) -> Void) {
        let outer = self.path
        self.path += path
        read(&self)
        self.path = outer
    }

    fileprivate mutating func checkModels(_ models: [(path: [String], name: Located<String>)], served: [String]) {
        guard !served.isEmpty else { return }
        let known = Set(served)
        for model in models where !known.contains(model.name.value) {
            let hint = Nearest.hint(for: model.name.value, among: served)
            descend(model.path) {
                $0.warn(
                    model.name.position,
                    "no agent lists the model \(Quoted.quote(model.name.value))"
                        + (hint.isEmpty ? "; add it to the models of those that serve it" : hint))
            }
        }
    }
}
