import Glibc

/// The results as pictures for the documentation: plain SVG that is readable on light and on dark.
enum Pictures {
    /// What is drawn, and its class in the style below.
    private static let shown = [
        ("adaptive", "a"), ("least-time", "b"), ("peak-ewma", "c"), ("least-connections", "d"),
    ]

    private static let style = """
        text { font: 12px system-ui, sans-serif; fill: #24292f }
        .title { font-weight: 600; font-size: 13px } .small { font-size: 10px; fill: #57606a } .end { text-anchor: end }
        .middle { text-anchor: middle }
        .a { fill: #d1561b; stroke: #d1561b } .b { fill: #57606a; stroke: #57606a }
        .c { fill: #8c959f; stroke: #8c959f } .d { fill: #c4cad1; stroke: #c4cad1 }
        rect { stroke: none !important } polyline { fill: none !important; stroke-width: 1.5 }
        .axis { stroke: #d0d7de } .event { fill: #d0d7de55 }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3 } .small { fill: #8d96a0 } .axis { stroke: #30363d } .event { fill: #6e768155 }
          .a { fill: #f0883e; stroke: #f0883e } .b { fill: #adb6c0; stroke: #adb6c0 }
          .c { fill: #768390; stroke: #768390 } .d { fill: #484f58; stroke: #484f58 }
        }
        """

    /// Writes one picture of all scenarios, and one of the course of the one in which most happens.
    static func write(_ blocks: [Table.Block], to directory: String) -> Bool {
        var isWritten = write(bars(blocks), "\(directory)/balancing-p99.svg")
        for block in blocks where block.scenario.name == "all" {
            isWritten = write(course(block), "\(directory)/balancing-\(block.scenario.name).svg") && isWritten
        }
        return isWritten
    }

    private static func write(_ text: String, _ path: String) -> Bool {
        guard let file = fopen(path, "w") else {
            print("\(path): cannot be written: expected a directory that exists; create it")
            return false
        }
        fputs(text, file)
        return fclose(file) == 0
    }

    private static func svg(_ width: Int, _ height: Int, _ label: String, _ parts: [String]) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
        role="img" aria-label="\(label)">
        <style>
        \(style)
        </style>
        \(parts.joined(separator: "\n"))
        </svg>

        """
    }

    private static func text(_ x: Int, _ y: Int, _ text: String, _ kind: String = "") -> String {
        "<text x=\"\(x)\" y=\"\(y)\"\(kind.isEmpty ? "" : " class=\"\(kind)\"")>\(text)</text>"
    }

    private static func legend(_ x: Int, _ y: Int) -> [String] {
        shown.enumerated().flatMap { index, strategy in
            let left = x + index * 130
            return [
                "<rect class=\"\(strategy.1)\" x=\"\(left)\" y=\"\(y - 9)\" width=\"10\" height=\"10\" rx=\"2\"/>",
                text(left + 15, y, strategy.0),
            ]
        }
    }

    /// A group of bars a scenario, each group on a scale of its own that ends at three times `adaptive`.
    private static func bars(_ blocks: [Table.Block]) -> String {
        var parts = [text(10, 20, "p99 of the time to first byte, ms; each scenario on its own scale", "title")]
        parts += legend(10, 42)
        let (thick, pitch) = (9, 12)
        var y = 60
        for block in blocks {
            parts.append(text(110, y + (shown.count * pitch) / 2 + 3, block.scenario.name, "end"))
            let full = (block.p99(of: "adaptive") ?? block.best) * 3
            for strategy in shown {
                guard let p99 = block.p99(of: strategy.0) else { continue }
                let width = Int(min(p99 / max(full, 1), 1) * 460)
                parts.append(
                    "<rect class=\"\(strategy.1)\" x=\"120\" y=\"\(y)\" width=\"\(width)\" "
                        + "height=\"\(thick)\" rx=\"2\"/>")
                let isCut = p99 > full
                parts.append(text(126 + width, y + thick - 1, Table.number(p99) + (isCut ? " →" : ""), "small"))
                y += pitch
            }
            y += pitch
        }
        return svg(680, y + 4, "p99 of strategies in each scenario", parts)
    }

    // MARK: the course of one scenario

    /// Where the lines are drawn.
    private static let (left, top, width, height) = (50.0, 60.0, 610.0, 200.0)

    /// The p99 over time; shaded while an agent is not what it usually is.
    private static func course(_ block: Table.Block) -> String {
        let rows = shown.compactMap { strategy in
            block.rows.first { $0.strategy == strategy.0 }.map { (strategy.1, $0.outturn.course) }
        }
        let scenario = block.scenario
        let levels = marks(upTo: rows.flatMap(\.1).max() ?? 1, about: 5)
        let most = levels.last ?? 1
        var parts = [text(10, 20, "\(scenario.name): p99 of the time to first byte, ms, over time", "title")]
        parts += legend(10, 42)
        parts += scenario.troubles.flatMap { trouble in
            let (from, to) = (trouble.from / scenario.duration * width, trouble.to / scenario.duration * width)
            return [
                "<rect class=\"event\" x=\"\(Int(left + from))\" y=\"\(Int(top))\" "
                    + "width=\"\(max(Int(to - from), 2))\" height=\"\(Int(height))\"/>",
                text(Int(left + from) + 4, Int(top) + 12, "agent \(trouble.agent + 1)", "small"),
            ]
        }
        for mark in levels {
            let y = Int(top + height - mark / most * height)
            parts.append(
                "<line class=\"axis\" x1=\"\(Int(left))\" y1=\"\(y)\" x2=\"\(Int(left + width))\" y2=\"\(y)\"/>")
            parts.append(text(44, y + 4, Table.number(mark), "small end"))
        }
        for mark in marks(upTo: scenario.duration, about: 6) where mark <= scenario.duration {
            let x = Int(left + mark / scenario.duration * width)
            parts.append(text(x, Int(top + height) + 16, "\(Table.number(mark)) s", "small middle"))
        }
        for (kind, values) in rows.reversed() {
            let points = values.enumerated().map { index, value in
                let x = left + (Double(index) + 0.5) / Double(max(values.count, 1)) * width
                return "\(Table.number(x, 1)),\(Table.number(top + height - value / most * height, 1))"
            }
            parts.append("<polyline class=\"\(kind)\" points=\"\(points.joined(separator: " "))\"/>")
        }
        return svg(690, 286, "\(scenario.name): p99 over time", parts)
    }

    /// Round numbers from 0 on, the last one not below `most`: `count` steps or fewer.
    private static func marks(upTo most: Double, about count: Int) -> [Double] {
        let least = max(most, 1) / Double(count)
        var step = 1.0
        while step < least { step *= 10 }
        for part in [0.2, 0.25, 0.5] where step * part >= least {
            step *= part
            break
        }
        return (0...Int((max(most, 1) / step).rounded(.up))).map { Double($0) * step }
    }
}

extension Scenario {
    /// From when to when an agent is away, slow or failing.
    fileprivate var troubles: [(agent: Int, from: Double, to: Double)] {
        var found: [(agent: Int, from: Double, to: Double)] = []
        for agent in speeds.indices {
            var (speed, isGone, failing) = (1.0, false, 0.0)
            var since: Double?
            for change in changes.sorted(by: { $0.at < $1.at }) {
                switch change.what {
                case .speed(agent, let part): speed = part
                case .gone(agent): isGone = true
                case .back(agent): isGone = false
                case .failing(agent, let part): failing = part
                default: continue
                }
                let isWell = speed == 1 && !isGone && failing == 0
                if !isWell, since == nil { since = change.at }
                if isWell, let from = since {
                    found.append((agent, from, change.at))
                    since = nil
                }
            }
            if let since { found.append((agent, since, duration)) }
        }
        return found
    }
}
