package import Settings

/// One of `semantic.tiers`: an encoder in this process, or an embeddings endpoint.
package struct SemanticTierSettings: Section {
    package var name = ""
    package var type = SemanticTierKind.bert
    package var path: String?
    package var pooling: SemanticPooling?
    package var prefix = ""
    package var url: String?
    package var model: String?
    package var apiKey: Secret?
    package var batch = 32
    package var timeout: Duration = .seconds(5)
    package var cacheEntries = 10_000
    package var failures = 5
    package var cooldown: Duration = .seconds(30)

    package init() {}

    package static let keys: [Key<SemanticTierSettings>] = [
        .required("name", \.name, "name in metrics and explanations", check: Check.nonEmpty),
        .required("type", \.type, "`bert` or `model2vec`: a directory with a model; `endpoint`: `/v1/embeddings` of a server"),
        .value("path", \.path, "directory of the model, as Hugging Face lays it out", check: Check.absolutePath),
        .value("pooling", \.pooling, "how token vectors become one, in place of what the model's directory says"),
        .value("prefix", \.prefix, "put in front of each text: `query: ` for E5"),
        .value("url", \.url, "of the endpoint: `http://embedder:8080/v1/embeddings`"),
        .value("model", \.model, "the endpoint's name for the model"),
        .value("apiKey", \.apiKey, "sent as `Authorization: Bearer`", secret: true),
        .value("batch", \.batch, "texts a request to the endpoint", check: Check.range(1...2048)),
        .value("timeout", \.timeout, "for a request to the endpoint; requests of clients wait for `semantic.budget` at most", check: Check.positive),
        .value("cacheEntries", \.cacheEntries, "vectors that are kept, the least used leave", check: Check.range(0...10_000_000)),
        .value("failures", \.failures, "so many in a row, and the tier is left alone for `cooldown`", check: Check.range(1...1000)),
        .value("cooldown", \.cooldown, "how long a tier that fails is left alone", check: Check.positive),
    ]

    package static func check(_ value: SemanticTierSettings, _ node: Node, _ reading: inout Reading) {
        switch value.type {
        case .bert, .model2vec:
            if value.path == nil {
                reading.error(node.position, "path is missing: expected the directory of the model; add it, or use type endpoint")
            }
            idle(["url", "model", "apiKey", "batch", "failures"], "but on tiers of type endpoint", node, &reading)
        case .endpoint:
            if value.url == nil {
                reading.error(node.position, "url is missing: expected that of the embeddings endpoint; add it")
            }
            if value.model == nil {
                reading.error(node.position, "model is missing: expected the endpoint's name for it; add it")
            } else if value.model?.isEmpty == true {
                reading.under("model") {
                    let place = node["model"]?.position ?? node.position
                    $0.error(place, "is empty: expected the endpoint's name for it; write it")
                }
            }
            idle(["path", "pooling"], "on tiers of type endpoint", node, &reading)
        }
    }

    private static func idle(_ names: [String], _ tiers: String, _ node: Node, _ reading: inout Reading) {
        for name in names {
            guard let place = node[name]?.position else { continue }
            reading.under(name) { $0.warn(place, "has no effect \(tiers); leave it out") }
        }
    }
}
