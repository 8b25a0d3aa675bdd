import Foundation
import Semantics
import Testing

/// Two prompts of a file beside this one: they ask the same in other words, or almost the same.
struct PromptPair: Decodable, Sendable, CustomTestStringConvertible {
    var language: String
    var a: String
    var b: String

    var testDescription: String { "\(a) | \(b)" }

    static func read(_ name: String) -> [PromptPair] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(name + ".jsonl")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(PromptPair.self, from: Data($0.utf8)) }
    }

    /// How alike they are where the first was asked, at a threshold; nil: not enough.
    func similarity(_ threshold: Double, _ scratch: JudgeScratch) -> Double? {
        let prompts = SimilarPrompts()
        guard let first = PromptPrint.of(a, scratch), let second = PromptPrint.of(b, scratch) else { return nil }
        prompts.keep([1], first, tenant: "", frame: [0])
        return prompts.find(second, tenant: "", frame: [0], threshold: threshold)?.similarity
    }
}

extension PromptPrint {
    static func of(_ text: String, _ scratch: JudgeScratch = JudgeScratch()) -> PromptPrint? {
        Array(text.utf8).withUnsafeBytes { PromptPrint($0, scratch) }
    }
}
