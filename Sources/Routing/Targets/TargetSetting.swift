package import Settings

/// The target of a rule: one name, or several with weights among which each request is split.
package struct TargetSetting: Sendable, Equatable {
    package struct Choice: Sendable, Equatable {
        package var name: Located<TargetName>
        package var weight: Int

        package init(name: Located<TargetName>, weight: Int) {
            self.name = name
            self.weight = weight
        }
    }

    package static let largestWeight = 1_000_000

    /// Empty for every agent there is.
    package var choices: [Choice] = []

    package init(choices: [Choice] = []) { self.choices = choices }
}

extension TargetSetting: SettingValue {
    package static var shape: Shape {
        .either(
            [TargetName.shape, .list(of: Shape(.any, words: "split", expected: "a split", example: splitExample))],
            words: "target, or list of `{target, weight}`",
            expected: "a target such as agent-1, tag:NAME or pool:NAME, or a list of {target, weight}",
            example: "\"tag:stable\"")
    }

    private static let splitExample = "{\"target\": \"tag:stable\", \"weight\": 95}"

    package static func read(_ node: Node, _ reading: inout Reading) -> TargetSetting? {
        switch node.value {
        case .string:
            let name = Located<TargetName>.read(node, &reading)
            return name.map { TargetSetting(choices: [Choice(name: $0, weight: 1)]) }
        case .object:
            return split(node, &reading).map { TargetSetting(choices: [$0.choice]) }
        case .array(let elements):
            return list(elements, node, &reading)
        default:
            reading.expected(shape.expected, node)
            return nil
        }
    }

    private static func list(_ elements: [Node], _ node: Node, _ reading: inout Reading) -> TargetSetting? {
        guard !elements.isEmpty else {
            reading.error(node.position, "must not be empty: expected targets among which requests are split")
            return nil
        }
        var splits: [(choice: Choice, hasWeight: Bool)] = []
        for (index, element) in elements.enumerated() {
            guard let one = reading.under("[\(index)]", { split(element, &$0) }) else { continue }
            splits.append(one)
        }
        guard splits.count == elements.count else { return nil }
        let weighted = splits.count { $0.hasWeight }
        if weighted > 0, weighted < splits.count {
            reading.error(node.position, "gives a weight to some targets and not to others: give each one or none")
            return nil
        }
        if splits.allSatisfy({ $0.choice.weight == 0 }) {
            reading.error(node.position, "every weight is 0, so nobody would be asked: give one at least 1")
            return nil
        }
        return TargetSetting(choices: splits.map(\.choice))
    }

    /// `{target, weight}`, or a name alone.
    private static func split(_ node: Node, _ reading: inout Reading) -> (choice: Choice, hasWeight: Bool)? {
        guard let members = node.members else {
            return Located<TargetName>.read(node, &reading).map { (Choice(name: $0, weight: 1), false) }
        }
        var isWhole = true
        for member in members where member.name != "target" && member.name != "weight" {
            let hint = Nearest.hint(for: member.name, among: ["target", "weight"])
            reading.error(member.namePosition, "no key \(Quoted.quote(member.name)) in a split\(hint)")
            isWhole = false
        }
        var weight: Int? = 1
        if let given = node["weight"] {
            weight = reading.under("weight") { reading in
                guard let weight = Int.read(given, &reading) else { return nil }
                if (0...largestWeight).contains(weight) { return weight }
                reading.error(given.position, "expected a weight from 0 to \(largestWeight), found \(weight)")
                return nil
            }
        }
        guard let target = node["target"] else {
            reading.error(node.position, "lacks target: expected {target, weight}")
            return nil
        }
        let name = reading.under("target") { Located<TargetName>.read(target, &$0) }
        guard isWhole, let weight, let name else { return nil }
        return (Choice(name: name, weight: weight), node["weight"] != nil)
    }

    package var text: String {
        if choices.count == 1, choices[0].weight == 1 { return choices[0].name.value.text }
        let splits = choices.map { "{\"target\": \($0.name.value.text), \"weight\": \($0.weight)}" }
        return "[" + splits.joined(separator: ", ") + "]"
    }
}
