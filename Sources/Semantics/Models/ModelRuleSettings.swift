package import Settings

/// One of `modelRouting.rules`: a model, and the requests that it answers.
package struct ModelRuleSettings: Section {
    package var name = ""
    package var condition = ModelConditionSettings()
    package var model = Located("")

    package init() {}

    package static let keys: [Key<ModelRuleSettings>] = [
        .required("name", \.name, "name in logs and metrics", check: Check.nonEmpty),
        .section("condition", \.condition, "what must hold of a request, all of it together"),
        .required(
            "model", \.model, "what the body's `model` becomes", check: { ModelName.fault($0.value) }),
    ]
}
