/// The declarations as tables for people.
struct MarkdownReference {
    private var lines: [String] = []

    init(_ keys: [KeyInfo]) {
        lines = MarkdownReference.introduction
        section(
            "`gateway`", "Everything stands under `gateway`; the same key at the root of a file is the same key.", keys)
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    private static let introduction = [
        "# Configuration", "",
        "Generated from the declarations in the sources; do not edit.", "",
        "Layers, lowest to highest: defaults, the global file, the user file (or those given with",
        "`--config-file`), the environment, flags `--config.KEY=VALUE`. Objects merge, lists and scalars replace,",
        "`null` removes. Keys may be written in snake_case. `${NAME}` in a string takes a variable of the",
        "environment, `$${NAME}` is the characters themselves.", "",
    ]

    private mutating func section(_ title: String, _ meaning: String, _ keys: [KeyInfo]) {
        lines += ["## \(title)", "", sentence(meaning), ""]
        if !keys.isEmpty {
            lines += [
                "| key | type | default | meaning | environment | applies |", "| --- | --- | --- | --- | --- | --- |",
            ]
            lines += keys.map(row)
            lines.append("")
        }
        for key in keys where key.holdsKeys {
            self.section("`\(KeyPathText.join(key.headingPath))`", key.meaning, key.children)
        }
    }

    private func row(_ key: KeyInfo) -> String {
        let cells = [
            "`\(key.name)`", key.typeWords, defaultCell(key), meaning(key), key.environment.map { "`\($0)`" } ?? "",
            key.nature == .value ? key.applies.words : "",
        ]
        return "| " + cells.map(MarkdownReference.escape).joined(separator: " | ") + " |"
    }

    private func defaultCell(_ key: KeyInfo) -> String {
        if key.isRequired { return "required" }
        guard let text = key.shownDefault else { return "" }
        return "`\(text)`"
    }

    private func meaning(_ key: KeyInfo) -> String {
        let others = key.aliases.map { "`\($0)`" }
        let also = others.isEmpty ? "" : " (also \(Quoted.list(others)))"
        return key.meaning + also + (key.isLater ? " (a later version)" : "")
    }

    private func sentence(_ meaning: String) -> String {
        guard let first = meaning.first else { return "" }
        let text = first.uppercased() + meaning.dropFirst()
        return text.hasSuffix(".") ? text : text + "."
    }

    private static func escape(_ cell: String) -> String {
        var text = ""
        for character in Quoted.oneLine(cell) { text += character == "|" ? "\\|" : String(character) }
        return text
    }
}
