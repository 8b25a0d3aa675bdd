internal import Semantics
package import Settings

/// `clawproxy semantic tune`: thresholds that suit labelled rows, before and after, and the patch that sets them.
package struct SemanticTuning: Sendable {
    /// One semantic rule.
    package struct Row: Sendable {
        package var name: String
        package var before: Float
        package var after: Float
        /// Of the rows, how many are the rule's.
        package var wanted: Int
        package var then: Side
        package var now: Side
        /// Why it stays as it is, where there is a reason.
        package var note: String?

        package var isChanged: Bool { before != after }
    }

    /// What a rule takes with one threshold.
    package struct Side: Sendable, Equatable {
        package var taken: Int
        package var right: Int
        package var precision: Double?
        package var recall: Double?
        package var balance: Double?

        init(_ count: ThresholdTuning.Count) {
            (taken, right) = (count.taken, count.right)
            (precision, recall, balance) = (count.precision, count.recall, count.balance)
        }
    }

    package let rows: [Row]
    /// How many texts go where they should, before and after: to their rule, or to none where none is theirs.
    package let rightBefore: Int
    package let rightAfter: Int
    package let texts: Int
    /// Classes of the rows that no semantic rule is for, with the number of their rows: no rule should take them.
    package let strangers: [String: Int]

    /// - Parameter precision: the least that is wished; nil: the best balance of precision and recall.
    package init(
        _ labelled: [LabelledRow], _ meaning: OfflineMeaning, precision: Double?
    ) throws(SemanticFault) {
        let rules = meaning.rules
        let classes = RowClasses(rules)
        var strangers: [String: Int] = [:]
        var texts: [ThresholdTuning.Text] = []
        for row in labelled where row.text.utf8.contains(where: { $0 > 0x20 }) {
            let takers = classes.takers(of: row)
            if takers == nil {
                let name = row.route ?? row.label ?? ""
                if !LabelledText.unknownLabels.contains(name) { strangers[name, default: 0] += 1 }
            }
            texts.append(
                ThresholdTuning.Text(scores: try meaning.decide(Array(row.text.utf8)).scores, takers: takers ?? []))
        }
        guard texts.contains(where: { !$0.takers.isEmpty }) else { throw Self.noneKnown(rules, strangers) }
        var tuning = ThresholdTuning(rules, texts, precision.map { .precision($0) } ?? .balance)
        let before = tuning.counts
        tuning.run()
        let after = tuning.counts
        rows = rules.indices.map { place in
            Row(
                name: rules[place].name, before: rules[place].threshold, after: tuning.rules[place].threshold,
                wanted: before[place].wanted, then: Side(before[place]), now: Side(after[place]),
                note: Self.note(place, tuning, before[place], texts.count))
        }
        self.strangers = strangers
        self.texts = texts.count
        rightBefore = Self.right(texts, rules)
        rightAfter = Self.right(texts, tuning.rules)
    }

    private static func right(_ texts: [ThresholdTuning.Text], _ rules: [OfflineRule]) -> Int {
        texts.count { text in
            let taker = OfflineRule.taker(rules, text.scores)
            return taker.map { text.takers.contains($0) } ?? text.takers.isEmpty
        }
    }

    private static func note(
        _ place: Int, _ tuning: ThresholdTuning, _ count: ThresholdTuning.Count, _ texts: Int
    ) -> String? {
        if count.wanted == 0 { return "no row is its own" }
        if count.wanted == texts { return "every row is its own: without others no threshold can be told" }
        if tuning.unreached.contains(place) { return "no threshold is that precise" }
        return nil
    }

    private static func noneKnown(_ rules: [OfflineRule], _ strangers: [String: Int]) -> SemanticFault {
        if strangers.isEmpty {
            return SemanticFault(
                "no row is of a semantic rule: every one is of no class or without text; expected rows that a rule should "
                    + "take; add some")
        }
        let known = rules.map(\.name) + rules.flatMap(\.categories)
        let first = strangers.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
        let hint = Nearest.hint(for: first, among: known)
        return SemanticFault(
            "no row is of a semantic rule: found \(Quoted.quote(first)), expected in route or label one of "
                + "\(Quoted.list(known.prefix(20).map(Quoted.shortened)))\(hint.isEmpty ? "; rename them" : hint)")
    }

    /// For `clawproxy config patch`, which merges rules by their names; an empty object where nothing changes.
    package var patch: Node {
        let changed = rows.filter(\.isChanged)
        if changed.isEmpty { return .object([]) }
        let rules = changed.map { row in
            Node.object([
                ("name", .string(row.name)),
                ("match", .object([("threshold", Node(.number(Self.text(row.after))))])),
            ])
        }
        return .object([("routing", .object([("rules", .list(rules))]))])
    }

    /// As it was rounded, without what a binary number adds.
    package static func text(_ threshold: Float) -> String { "\(threshold)" }
}
