internal import Settings

/// When a request that waits unusually long is sent to a second agent too. The first of the two to answer is used.
package struct HedgePolicy: Sendable, Equatable {
    package let isEnabled: Bool
    /// Of all requests, the share that may be sent twice.
    package let ratio: Double
    private let quantile: Double
    private let least: Int

    package init(_ settings: HedgeSettings) {
        isEnabled = settings.enabled
        ratio = settings.budget.value
        quantile = settings.quantile.value
        least = settings.minSamples
    }

    /// Whether a second agent may be asked at all: only for a request that could be repeated after a failure too, and
    /// all of which is here.
    package func mayHedge(_ request: RetryRequest, isWhole: Bool) -> Bool {
        isEnabled && isWhole && request.isRepeatable
    }

    /// Nanoseconds after which a second agent is asked; nil while too little is known.
    package func delay(_ firstBytes: inout FirstByteQuantile) -> Int64? {
        firstBytes.value(quantile, least: least)
    }
}
