internal import Glibc

/// So many of so many.
struct Share: Sendable {
    var hits: Double
    var of: Double

    var value: Double { of > 0 ? hits / of : 0 }

    /// Where a difference stops to be chance: the logarithm of how much more likely the figures are with two shares
    /// than with one. By Wilks' theorem 15 is five and a half standard deviations: once in 4 * 10^7 looks.
    private static let evidence = 15.0

    /// Whether this one is larger than an earlier one, and not by chance: the likelihood-ratio (G) test of two
    /// binomial samples.
    func isRise(over earlier: Share) -> Bool {
        guard of > 0, earlier.of > 0, value > earlier.value else { return false }
        let common = (hits + earlier.hits) / (of + earlier.of)
        return of * Share.divergence(value, common) + earlier.of * Share.divergence(earlier.value, common)
            >= Share.evidence
    }

    /// Kullback and Leibler's divergence of two coins, in nats.
    private static func divergence(_ one: Double, _ two: Double) -> Double {
        term(one, two) + term(1 - one, 1 - two)
    }

    private static func term(_ one: Double, _ two: Double) -> Double {
        one > 0 && two > 0 ? one * log(one / two) : 0
    }
}
