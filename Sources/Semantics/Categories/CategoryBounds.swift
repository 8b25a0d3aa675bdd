/// How many examples a plan takes, so that learning from them stays short: it grows with the cube of their number. With
/// 1000 the default rules of chat and code send 9 in 10 prompts the right way, with 700 8 in 10; a judge learns the
/// former in about 300 ms, the latter in 170.
package struct CategoryBounds: Sendable, Equatable {
    /// Of all categories together; an operator's own examples count, and are all taken up to `own`.
    package var all = 1000
    /// Of the operator's own, all together.
    package var own = 2000
    /// Of one named category of the library.
    package var named = 24...120
    /// Of one background category.
    package var background = 8...24
    /// The part of what the operator's own leave that goes to the named ones, in percent, where there is background.
    package var namedShare = 72

    package init() {}

    /// The number for each named and each background category.
    func shares(own: Int, named: Int, background: Int) -> (named: Int, background: Int) {
        let free = max(0, all - own)
        let forNamed = background == 0 ? free : free * namedShare / 100
        let eachNamed = named == 0 ? 0 : Self.clamp(forNamed / named, self.named)
        let rest = max(0, free - eachNamed * named)
        return (eachNamed, background == 0 ? 0 : Self.clamp(rest / background, self.background))
    }

    private static func clamp(_ value: Int, _ range: ClosedRange<Int>) -> Int {
        min(max(value, range.lowerBound), range.upperBound)
    }
}
