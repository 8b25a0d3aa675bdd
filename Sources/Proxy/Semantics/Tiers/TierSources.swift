internal import Logging
internal import Semantics

/// Makes of a tier's settings what its vectors come from.
struct TierSources: Sendable {
    /// What a source is made from.
    struct Order: Sendable {
        var settings: SemanticTierSettings
        var threads: EncoderThreads?
        /// To be called where another model answers than the one that was learnt from.
        var outlived: @Sendable () -> Void
    }

    /// Vectors: one for each example, then one for each text that is none.
    typealias Learning = @Sendable ([CategoryExamples], [[Float]]) -> any TierJudge

    /// Nil where the settings are not such that there could be one; checks have told of that.
    var make: @Sendable (Order) -> (any VectorSource)?
    var learn: Learning = { VectorJudge($0, vectors: $1) }

    static func live(_ tls: AgentTLS, _ log: Logger) -> TierSources {
        TierSources(make: { order in
            let settings = order.settings
            if settings.type == .endpoint { return endpoint(order, tls, log) }
            guard let threads = order.threads, let path = settings.path else { return nil }
            let options = EncoderOptions(
                name: settings.name, pooling: settings.pooling.map { $0 == .cls ? .cls : .mean },
                prefix: settings.prefix)
            return EncoderSource(on: threads) { () throws(EncoderFault) in
                try EncoderFiles.open(directory: path, options: options)
            }
        })
    }

    private static func endpoint(_ order: Order, _ tls: AgentTLS, _ log: Logger) -> (any VectorSource)? {
        guard let text = order.settings.url, let url = try? EmbeddingsURL(text) else { return nil }
        var options = TLSClientOptions()
        options.section = "semantic.tiers"
        let destination: EmbeddingsEndpoint.Destination = { [options] () throws(TLSFailure) in
            try url.destination({ options throws(TLSFailure) in try tls.context(options) }, options)
        }
        return EmbeddingsEndpoint(order.settings, url, destination, log: log, outlived: order.outlived)
    }
}
