package import Settings

/// The key `modelFallback`: models that are asked in turn where one does not answer.
package struct ModelFallbackSettings: Section {
    /// Further models; a longer chain makes clients wait for what nobody expects any more.
    package static let mostModels = 16

    package var enabled = true
    package var primary: Located<String>?
    package var fallbackChain: [Located<String>] = []
    package var timeoutMs: Duration?
    package var maxRetries = 0
    package var retryDelayMs = Duration.seconds(1)

    package init() {}

    package static let keys: [Key<ModelFallbackSettings>] = [
        .value(
            "enabled", \.enabled,
            "whether another model is asked, of agents of kind `llm`, before the first byte of an answer"),
        .value(
            "primary", \.primary, "the model that the chain stands in for",
            check: { $0.flatMap { ModelName.fault($0.value) } }),
        .value(
            "fallbackChain", \.fallbackChain,
            "the models that are asked after it, in this order; who asks for one of these goes on behind it"),
        .value(
            "timeoutMs", \.timeoutMs,
            "longest wait for the first byte of an answer, for each try; then the next model is asked. Answers that "
                + "are no streams begin when they are complete. As `http.timeouts.firstByte` says, if not said",
            unit: .milliseconds, check: Check.positive()),
        .value(
            "maxRetries", \.maxRetries,
            "how often a model is asked once more before the next one, beside what `loadBalancing.retry` does at other "
                + "agents; not where waiting is of no use: after `timeoutMs`, where nobody can serve it, or where the "
                + "agent asks for a longer pause",
            check: Check.range(0...10)),
        .value(
            "retryDelayMs", \.retryDelayMs, "how long to wait before that", unit: .milliseconds,
            check: Check.range(Duration.zero...Duration.seconds(60))),
    ]

    /// Whether there is another model to go to.
    package var isInForce: Bool { enabled && primary != nil && !fallbackChain.isEmpty }

    package static func check(_ value: ModelFallbackSettings, _ node: Node, _ reading: inout Reading) {
        guard node.members?.contains(where: { !$0.node.isNull }) == true else { return }
        // turned off, and nothing else said
        if !value.enabled, value.primary == nil, value.fallbackChain.isEmpty { return }
        if value.primary == nil {
            reading.under("primary") {
                $0.error(node.position, "is missing; expected the model that the chain stands in for")
            }
        }
        reading.under("fallbackChain") { reading in
            let place = node["fallbackChain"]?.position ?? node.position
            if value.fallbackChain.isEmpty {
                reading.error(place, "is empty; expected at least one model to ask next, or leave modelFallback out")
            } else if value.fallbackChain.count > mostModels {
                reading.error(place, "expected at most \(mostModels) models, found \(value.fallbackChain.count)")
            }
            checkChain(value, &reading)
        }
    }

    private static func checkChain(_ value: ModelFallbackSettings, _ reading: inout Reading) {
        var seen: [String: Position] = [:]
        if let primary = value.primary { seen[primary.value] = primary.position }
        for (index, model) in value.fallbackChain.enumerated() {
            reading.under("[\(index)]") { reading in
                if let wrong = ModelName.fault(model.value) {
                    reading.error(model.position, wrong)
                } else if let first = seen[model.value] {
                    reading.error(
                        model.position,
                        "\(Quoted.quote(model.value)) is in the chain already, at \(first.text); leave one out")
                } else {
                    seen[model.value] = model.position
                }
            }
        }
    }
}
