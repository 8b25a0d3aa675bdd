import Foundation
import Semantics
import Settings

/// The two sections that choose models, as they stand under `gateway`.
struct ModelSections: Section {
    var modelRouting = ModelRoutingSettings()
    var modelFallback = ModelFallbackSettings()

    static let keys: [Key<ModelSections>] = [
        .section("modelRouting", \.modelRouting, "models picked by the kind of task"),
        .section("modelFallback", \.modelFallback, "models tried in turn"),
    ]

    /// As a file of this text is loaded, all layers and spellings.
    static func load(_ text: String) -> Configuration<ModelSections> {
        Configuration<ModelSections>.load(
            Inputs(configFiles: ["test.json"], environment: [:]) { path in
                path == "test.json" ? .bytes(Array(text.utf8)) : .missing
            })
    }

    /// A document of the owner, beside the package or where CLAWPROXY_SHARED says.
    static func loadOwners(_ name: String) throws -> Configuration<ModelSections> {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let shared =
            ProcessInfo.processInfo.environment["CLAWPROXY_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? root.deletingLastPathComponent().appendingPathComponent("shared")
        let data = try Data(contentsOf: shared.appendingPathComponent("owner-configs/\(name).json"))
        return load(String(decoding: data, as: UTF8.self))
    }

    /// `error gateway.modelRouting.rules[0]: ...` for each problem.
    static func problems(_ text: String) -> [String] { told(load(text).problems) }

    static func told(_ problems: [Problem]) -> [String] { problems.map { "\($0.severity) \($0.path): \($0.message)" } }
}

/// Facts that are known beforehand, and what of them was asked for.
struct GivenFacts: ModelFacts {
    var probabilities: [Float] = []
    private let complexityGiven: Complexity
    private let languageGiven: Language
    private let tokensGiven: Int
    /// `probability`, `complexity`, `language`, `inputTokens`, in the order of asking.
    var asked: [String] = []

    init(
        _ probabilities: [Float] = [], complexity: Complexity = .medium, language: Language = .en,
        tokens: Int = 100
    ) {
        self.probabilities = probabilities
        complexityGiven = complexity
        languageGiven = language
        tokensGiven = tokens
    }

    mutating func probability(of categories: [Int]) -> Float {
        asked.append("probability")
        return categories.reduce(0) { $0 + probabilities[$1] }
    }

    var complexity: Complexity {
        mutating get {
            asked.append("complexity")
            return complexityGiven
        }
    }

    var language: Language {
        mutating get {
            asked.append("language")
            return languageGiven
        }
    }

    var inputTokens: Int {
        mutating get {
            asked.append("inputTokens")
            return tokensGiven
        }
    }
}
