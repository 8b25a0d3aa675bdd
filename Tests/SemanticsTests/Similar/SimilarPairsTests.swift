import Semantics
import Testing

/// `paraphrases` and `near-misses`: 300 each, half English and half Chinese, with which the check was made. `earlier-*`: 120
/// each, written when it had been finished, and looked at when it was bettered. `held-back-*`: 60 each, written after the
/// last word was added to a list; nothing was ever bettered after them (38 of 60 were found then, none wrongly).
@Suite("Pairs of prompts")
struct SimilarPairsTests {
    /// The owner's threshold, and the default.
    static let threshold = 0.95

    static func share(of pairs: [PromptPair], at threshold: Double) -> Double {
        let scratch = JudgeScratch()
        let hits = pairs.count { $0.similarity(threshold, scratch) != nil }
        return Double(hits) / Double(max(pairs.count, 1))
    }

    @Test(
        "That ask the same in other words are found: at least six of ten",
        arguments: [("paraphrases", 300), ("earlier-paraphrases", 120), ("held-back-paraphrases", 60)])
    func paraphrases(name: String, count: Int) {
        let pairs = PromptPair.read(name)
        #expect(pairs.count == count)
        #expect(Self.share(of: pairs, at: Self.threshold) >= 0.6)
    }

    @Test("Do so in either language", arguments: ["en", "zh"])
    func languages(language: String) {
        let pairs = PromptPair.read("paraphrases").filter { $0.language == language }
        #expect(pairs.count == 150)
        #expect(Self.share(of: pairs, at: Self.threshold) >= 0.6)
    }

    @Test(
        "That differ in one detail are told apart, whatever the threshold: all but one of 200",
        arguments: [("near-misses", 300), ("earlier-near-misses", 120), ("held-back-near-misses", 60)])
    func nearMisses(name: String, count: Int) {
        let pairs = PromptPair.read(name)
        #expect(pairs.count == count)
        #expect(Self.share(of: pairs, at: 0) <= 0.005)
    }

    @Test("That are found are found from either side")
    func symmetry() {
        let scratch = JudgeScratch()
        let pairs = PromptPair.read("near-misses")
        for pair in pairs {
            let turned = PromptPair(language: pair.language, a: pair.b, b: pair.a)
            #expect(turned.similarity(0, scratch) == nil, "\(turned)")
        }
        #expect(pairs.count == 300)
    }
}
