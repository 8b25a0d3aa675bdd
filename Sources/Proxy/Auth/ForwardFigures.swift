internal import Telemetry

/// What metrics and the doctor tell of the service that says who may come in.
struct ForwardFigures: Sendable, Equatable {
    /// Times that it was asked, and answered or did not.
    var answered = 0
    var failed = 0
    /// Requests for which it was not asked: it is left alone, or is asked too much at once.
    var notAsked = 0
    /// Requests for which what it had said before held.
    var fromCache = 0
    var kept = 0
    var underWay = 0
    /// It has failed too often.
    var isLeftAlone = false
    /// Why it failed the last time; nil where it did not.
    var trouble: String?
}

extension ForwardFigures {
    var gauge: ForwardGauge {
        ForwardGauge(
            asked: [("answered", answered), ("failed", failed), ("not-asked", notAsked), ("kept", fromCache)],
            kept: kept)
    }
}
