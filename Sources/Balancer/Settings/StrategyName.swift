import Settings

/// The name of a strategy as configurations spell it; the list in `Strategies.swift` says which there are.
package struct StrategyName: Variant, Hashable {
    package let rawValue: String

    package init?(rawValue: String) {
        guard Strategies.names.contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    init(listed name: String) { rawValue = name }

    package static let adaptive = StrategyName(listed: "adaptive")

    package static var noun: String { "strategy" }
    package static var allCases: [StrategyName] { Strategies.names.map(StrategyName.init(listed:)) }
    package static var spellings: [String: StrategyName] {
        var names: [String: StrategyName] = [:]
        for strategy in Strategies.list {
            for spelling in strategy.spellings { names[spelling] = StrategyName(listed: strategy.name) }
        }
        return names
    }

    /// Whether this version has the strategy itself, not one that stands in for it.
    package var isReady: Bool { Strategies.here[rawValue] != nil }

    /// The strategy that does the work under this name.
    package var strategy: any Strategy.Type { Strategies.here[rawValue] ?? Strategies.standIn }

    /// One warning for a strategy that was asked for by name and is not here yet.
    static func warn(_ name: StrategyName?, _ node: Node, _ reading: inout Reading) {
        guard let name, !name.isReady, let written = node["strategy"] else { return }
        let message =
            "strategy '\(name.rawValue)' is not yet in this version; \(Strategies.standIn.name) is used"
        reading.under("strategy") { $0.warn(written.position, message) }
    }
}
