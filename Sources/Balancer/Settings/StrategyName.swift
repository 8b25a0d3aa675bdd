import Settings

/// A strategy as configurations name it; the list in `Strategies.swift` says which there are.
package struct StrategyName: Variant, Hashable {
    package let strategy: any Strategy.Type

    package init?(rawValue: String) {
        guard let strategy = Strategies.byName[rawValue] else { return nil }
        self.strategy = strategy
    }

    private init(of strategy: any Strategy.Type) { self.strategy = strategy }

    package static let adaptive = StrategyName(of: Adaptive.self)

    package var rawValue: String { strategy.name }

    package static var noun: String { "strategy" }
    package static var allCases: [StrategyName] { Strategies.list.map { StrategyName(of: $0) } }
    package static var spellings: [String: StrategyName] {
        var names: [String: StrategyName] = [:]
        for strategy in Strategies.list {
            for spelling in strategy.spellings { names[spelling] = StrategyName(of: strategy) }
        }
        return names
    }

    package static func == (one: StrategyName, other: StrategyName) -> Bool { one.strategy == other.strategy }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(strategy)) }
}
