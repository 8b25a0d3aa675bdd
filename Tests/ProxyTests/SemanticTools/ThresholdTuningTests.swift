@testable import Proxy
import Testing

@Suite("thresholds are tuned on what rules would take")
struct ThresholdTuningTests {
    private typealias Text = ThresholdTuning.Text

    private func rule(_ name: String, _ threshold: Float, priority: Int = 0) -> OfflineRule {
        OfflineRule(name: name, priority: priority, threshold: threshold, categories: [name])
    }

    private func tuned(
        _ rules: [OfflineRule], _ texts: [Text], _ aim: ThresholdTuning.Aim = .balance
    ) -> ThresholdTuning {
        var tuning = ThresholdTuning(rules, texts, aim)
        tuning.run()
        return tuning
    }

    /// Of one rule: what scores, and whether it is the rule's.
    private func texts(_ rows: [(Float, Bool)]) -> [Text] {
        rows.map { Text(scores: [$0.0], takers: $0.1 ? [0] : []) }
    }

    @Test("the rule of the highest score among those that reach their thresholds takes a text, priority first")
    func taker() {
        let rules = [rule("a", 0.5), rule("b", 0.3), rule("c", 0.1, priority: 5)]
        #expect(OfflineRule.taker(rules, [0.6, 0.4, 0.0]) == 0)
        #expect(OfflineRule.taker(rules, [0.4, 0.35, 0.0]) == 1)
        #expect(OfflineRule.taker(rules, [0.9, 0.0, 0.1]) == 2)
        #expect(OfflineRule.taker(rules, [0.4, 0.2, 0.0]) == nil)
        #expect(OfflineRule.taker([rule("a", 0.2), rule("b", 0.2)], [0.4, 0.4]) == 0)
    }

    @Test("the best balance parts right from wrong where they can be parted")
    func balance() {
        let rows = texts([(0.9, true), (0.7, true), (0.6, true), (0.4, false), (0.2, false)])
        let tuning = tuned([rule("a", 0.95)], rows)
        #expect(tuning.rules[0].threshold == 0.5)
        #expect(tuning.counts == [.init(wanted: 3, taken: 3, right: 3)])
    }

    @Test("a threshold that is as good as any stays")
    func stays() {
        let rows = texts([(0.9, true), (0.6, true), (0.4, false)])
        #expect(tuned([rule("a", 0.45)], rows).rules[0].threshold == 0.45)
    }

    @Test("the lowest threshold of the wished precision is taken, and one that none has is told")
    func precision() {
        let rows = texts([(0.9, true), (0.8, false), (0.7, true), (0.6, true), (0.5, true), (0.3, false), (0.2, false)])
        let tuning = tuned([rule("a", 0.99)], rows, .precision(0.8))
        #expect(tuning.counts[0].precision == 0.8 && tuning.rules[0].threshold == 0.4)
        let all = tuned([rule("a", 0.99)], rows, .precision(1))
        #expect(all.counts[0] == .init(wanted: 4, taken: 1, right: 1))
        let never = tuned([rule("a", 0.6)], texts([(0.9, false), (0.5, true)]), .precision(0.9))
        #expect(never.unreached == [0] && never.rules[0].threshold == 0.6)
    }

    @Test("what another rule takes is nothing to a rule")
    func competition() {
        let texts = [
            Text(scores: [0.6, 0.3], takers: [0]), Text(scores: [0.55, 0.4], takers: [0]),
            Text(scores: [0.2, 0.35], takers: [1]), Text(scores: [0.1, 0.3], takers: [1]),
            Text(scores: [0.1, 0.1], takers: []), Text(scores: [0.3, 0.05], takers: []),
        ]
        let tuning = tuned([rule("a", 0.75), rule("b", 0.75)], texts)
        #expect(tuning.counts == [.init(wanted: 2, taken: 2, right: 2), .init(wanted: 2, taken: 2, right: 2)])
    }

    @Test("without texts of its own, or without others, nothing is told of a rule")
    func untold() {
        let none = tuned(
            [rule("a", 0.7), rule("b", 0.7)],
            [Text(scores: [0.5, 0.4], takers: [0]), Text(scores: [0.1, 0.2], takers: [])])
        #expect(none.untold == [1] && none.rules[1].threshold == 0.7)
        let all = tuned([rule("a", 0.7)], texts([(0.5, true), (0.4, true)]))
        #expect(all.untold == [0] && all.rules[0].threshold == 0.7)
    }

    @Test(
        "a threshold has as few decimals as it takes to lie between two scores",
        arguments: [
            (Float(0.4), Float(0.6), Float(0.5)), (0.301, 0.309, 0.305), (0.3041, 0.3042, 0.3042), (0.7, 0.71, 0.71),
        ])
    func decimals(above: Float, upTo: Float, threshold: Float) {
        let cut = ThresholdCut(above: above, upTo: upTo, count: .init())
        let found = cut.threshold(near: 2)
        #expect(cut.contains(found))
        #expect(found == threshold)
    }

    @Test("no threshold below 0.05 is proposed")
    func floor() {
        let rows = texts([(0.9, true), (0.3, true), (0.06, true), (0.05, false), (0.01, true), (0, true), (0, true), (0, true)])
        #expect(tuned([rule("a", 0.5)], rows).rules[0].threshold >= 0.05)
        #expect(tuned([rule("a", 0.5)], rows, .precision(0.5)).rules[0].threshold >= 0.05)
    }
}
