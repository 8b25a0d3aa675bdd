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
        var y = 60
        for block in blocks {
            parts.append(text(110, y + 24, block.scenario.name, "end"))
            let full = (block.p99(of: "adaptive") ?? block.best) * 3
            for strategy in shown {
                guard let p99 = block.p99(of: strategy.0) else { continue }
                let width = Int(min(p99 / max(full, 1), 1) * 460)
                parts.append(
                    "<rect class=\"\(strategy.1)\" x=\"120\" y=\"\(y)\" width=\"\(width)\" height=\"9\" rx=\"2\"/>")
                let isCut = p99 > full
                parts.append(text(126 + width, y + 9, Table.number(p99) + (isCut ? " →" : ""), "small"))
                y += 11
            }
            y += 9
        }
        return svg(680, y + 4, "p99 of strategies in each scenario", parts)
    }

    /// The p99 over time, the moments of the scenario's changes marked.
    private static func course(_ block: Table.Block) -> String {
        let (left, top, width, height) = (50.0, 60.0, 610.0, 200.0)
        let rows = shown.compactMap { strategy in
            block.rows.first { $0.strategy == strategy.0 }.map { (strategy.1, $0.outturn.course) }
        }
        let most = max(rows.flatMap(\.1).max() ?? 1, 1)
        let scenario = block.scenario
        var parts = [text(10, 20, "\(scenario.name): p99 of the time to first byte, ms, over time", "title")]
        parts += legend(10, 42)
        let moments = Set(scenario.changes.map(\.at)).sorted()
        for (index, at) in moments.enumerated() where index % 2 == 0 {
            let end = index + 1 < moments.count ? moments[index + 1] : scenario.duration
            let x = left + at / scenario.duration * width
            let wide = (end - at) / scenario.duration * width
            parts.append(
                "<rect class=\"event\" x=\"\(Int(x))\" y=\"\(Int(top))\" width=\"\(max(Int(wide), 2))\" "
                    + "height=\"\(Int(height))\"/>")
        }
        for line in 0...4 {
            let y = Int(top + height - height * Double(line) / 4)
            parts.append(
                "<line class=\"axis\" x1=\"\(Int(left))\" y1=\"\(y)\" x2=\"\(Int(left + width))\" y2=\"\(y)\"/>")
            parts.append(text(44, y + 4, Table.number(most * Double(line) / 4), "small end"))
        }
        for (kind, values) in rows.reversed() {
            let points = values.enumerated().map { index, value in
                let x = left + (Double(index) + 0.5) / Double(max(values.count, 1)) * width
                return "\(Int(x)),\(Int(top + height - value / most * height))"
            }
            parts.append("<polyline class=\"\(kind)\" points=\"\(points.joined(separator: " "))\"/>")
        }
        parts.append(text(50, 276, "0 s", "small"))
        parts.append(text(660, 276, "\(Table.number(scenario.duration)) s", "small end"))
        return svg(680, 286, "\(scenario.name): p99 over time", parts)
    }
}
