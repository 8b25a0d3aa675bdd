/// The results as text: a block a scenario, and what they say of `adaptive`.
struct Table {
    struct Row {
        let strategy: String
        let outturn: Outturn
    }

    struct Block {
        let scenario: Scenario
        let rows: [Row]

        /// Of strategies; the oracle is none.
        var best: Double { rows.filter { $0.strategy != Oracle.name }.map(\.outturn.p99).min() ?? 0 }
        func p99(of strategy: String) -> Double? { rows.first { $0.strategy == strategy }?.outturn.p99 }
    }

    static func text(_ block: Block) -> String {
        var lines = ["", "\(block.scenario.name): \(block.scenario.story)"]
        lines.append(
            left("strategy", 22)
                + ["p50", "p99", "p99.9", "x best", "imbalance", "failed", "retried"].map { right($0, 10) }.joined())
        for row in block.rows.sorted(by: { $0.outturn.p99 < $1.outturn.p99 }) {
            let outturn = row.outturn
            lines.append(
                left(row.strategy, 22) + right(number(outturn.p50), 10) + right(number(outturn.p99), 10)
                    + right(number(outturn.p999), 10) + right(number(outturn.p99 / max(block.best, 0.001), 2), 10)
                    + right(number(outturn.imbalance, 2), 10) + right(number(outturn.failed, 1), 10)
                    + right(number(outturn.failedAttempts - outturn.failed, 1), 10))
        }
        return lines.joined(separator: "\n")
    }

    /// The p99 of everything, a line a strategy.
    static func summary(_ blocks: [Block]) -> String {
        let names = blocks.first?.rows.map(\.strategy) ?? []
        var lines = ["", "p99 in ms", left("", 22) + blocks.map { right($0.scenario.name, 11) }.joined()]
        for name in names {
            lines.append(left(name, 22) + blocks.map { right(number($0.p99(of: name) ?? .nan), 11) }.joined())
        }
        return lines.joined(separator: "\n")
    }

    /// Where `adaptive` stands, and whether that is where it must: lowest in four of five, never above 1.2 x the best.
    static func verdict(_ blocks: [Block], _ strategy: String = "adaptive") -> (text: String, holds: Bool) {
        let ratios = blocks.compactMap { block -> (name: String, ratio: Double)? in
            let others = block.rows.filter { ![strategy, Oracle.name].contains($0.strategy) }.map(\.outturn.p99).min()
            guard let own = block.p99(of: strategy), let others else { return nil }
            return (block.scenario.name, own / others)
        }
        guard !ratios.isEmpty else { return ("", true) }
        let lowest = ratios.count { $0.ratio <= 1 }
        let worst = ratios.max { $0.ratio < $1.ratio }
        let holds = lowest * 10 >= ratios.count * 8 && (worst?.ratio ?? 0) <= 1.2
        var lines = ["", "p99 of \(strategy) to the best of the others:"]
        lines += ratios.map { "  " + left($0.name, 14) + right(number($0.ratio, 2), 6) }
        lines.append(
            "lowest in \(lowest) of \(ratios.count), worst \(number(worst?.ratio ?? 0, 2)) (\(worst?.name ?? "-"))"
                + (holds ? "" : "; expected lowest in 8 of 10, and none above 1.20"))
        return (lines.joined(separator: "\n"), holds)
    }

    static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 1)) + text
    }

    static func number(_ value: Double, _ digits: Int = 0) -> String {
        guard value.isFinite else { return "-" }
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard digits > 0 else { return String(scaled) }
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
