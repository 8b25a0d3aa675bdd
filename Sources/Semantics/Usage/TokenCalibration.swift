internal import Synchronization

/// How many tokens each model counts for what is estimated as one: learnt from answers that say their usage, for those that
/// do not, or do not come to their end. Every model cuts text in its own way.
///
/// Of late answers more counts than of early ones, and of long ones more than of short ones.
package final class TokenCalibration: Sendable {
    /// What is estimated.
    package enum Kind: Int, Sendable {
        case prompt, text
        /// Pieces of a stream.
        case pieces
    }

    private struct Sums: Sendable {
        var estimated = 0.0
        var reported = 0.0

        /// Below so many tokens chance decides.
        static let least = 16.0
        /// What is left of earlier answers with each new one.
        static let memory = 0.98
        /// A model that says less or more than this does not speak of what passed here.
        static let bounds = 0.1...10.0

        var factor: Double {
            guard estimated >= Self.least else { return 1 }
            return min(max(reported / estimated, Self.bounds.lowerBound), Self.bounds.upperBound)
        }
    }

    /// Names come from clients, but only those that answers were given to.
    package static let mostModels = 256

    private let models = Mutex<[String: [Sums]]>([:])

    package init() {}

    /// An answer said so many tokens of what had been estimated.
    package func learn(_ kind: Kind, of model: String, estimated: Int, reported: Int) {
        guard estimated > 0, reported > 0 else { return }
        models.withLock { models in
            if models[model] == nil, models.count >= Self.mostModels { models = [:] }
            var sums = models[model] ?? Array(repeating: Sums(), count: 3)
            sums[kind.rawValue].estimated = sums[kind.rawValue].estimated * Sums.memory + Double(estimated)
            sums[kind.rawValue].reported = sums[kind.rawValue].reported * Sums.memory + Double(reported)
            models[model] = sums
        }
    }

    /// An estimate in the model's own tokens.
    package func tokens(_ kind: Kind, of model: String, estimated: Int) -> Int {
        let factor = models.withLock { $0[model]?[kind.rawValue].factor } ?? 1
        // far above any text there is, and far below what does not fit
        return Int(min((Double(estimated) * factor).rounded(), 1e15))
    }
}
