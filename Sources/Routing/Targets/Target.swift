internal import Settings

/// Who a rule asks: names with weights.
package struct Target: Sendable {
    /// Empty for every agent there is.
    package let names: [TargetName]
    package let splits: Splits

    init(_ setting: TargetSetting) {
        names = setting.choices.map(\.name.value)
        splits = Splits(setting.choices.map(\.weight))
    }

    /// The name that a uniformly drawn number picks; nil for every agent there is.
    package func choose(_ random: UInt64) -> TargetName? {
        names.isEmpty ? nil : names[splits.choose(random)]
    }
}
