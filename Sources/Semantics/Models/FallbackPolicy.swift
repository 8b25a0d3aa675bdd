internal import Settings

/// What `modelFallback` says, made ready when a configuration is loaded.
package struct FallbackPolicy: Sendable, Equatable {
    /// In the order in which they are asked, the primary first. At least two, none twice.
    package let models: [String]
    /// Nanoseconds that a try may wait for the first byte of its answer; nil: as the timeouts of the exchange say.
    package let timeout: Int64?
    /// How often one model is asked once more.
    package let retries: Int
    /// Nanoseconds before that.
    package let delay: Int64

    /// Nil where there is no other model to go to.
    package init?(_ settings: ModelFallbackSettings) {
        guard settings.isInForce, let primary = settings.primary else { return nil }
        models = [primary.value] + settings.fallbackChain.map(\.value)
        timeout = settings.timeoutMs?.nanoseconds
        retries = max(settings.maxRetries, 0)
        delay = max(settings.retryDelayMs.nanoseconds, 0)
    }

    /// The chain of a request whose body asks for this model, or got it from `ModelRouting`. Nil for a model that is
    /// not in the chain: nobody said what could stand in for it.
    package func chain(from model: String) -> FallbackChain? {
        models.firstIndex(of: model).map { FallbackChain(self, at: $0) }
    }
}
