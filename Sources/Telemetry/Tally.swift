/// What a loop counts without regard to a route or an agent.
package enum Tally: Int, CaseIterable, Sendable {
    /// Client connections that are open (goes up and down).
    case activeConnections
    /// Client connections accepted.
    case connectionsAccepted
    /// Client connections closed at once because a limit was reached.
    case connectionsRefused
    /// Connections closed because of their PROXY header, or for want of one.
    case proxyHeadersRefused
    /// Preflights of browsers that were answered with leave, and without.
    case preflightsAllowed, preflightsRefused
    /// Exchanges between their head and their account (goes up and down).
    case activeExchanges
    /// Upgraded exchanges whose tunnel is open (goes up and down).
    case activeTunnels
    /// Upgrades that became a tunnel.
    case tunnelsOpened
    /// Bytes read from clients, heads included.
    case bytesIn
    /// Bytes written to clients, heads included.
    case bytesOut
    /// Access lines that sampling left out.
    case accessLinesSampledOut
    /// Requests that were answered from the cache, stale answers included.
    case cacheHits
    /// Requests that the cache had nothing for, each of those that waited for one fetch too.
    case cacheMisses
    /// Requests of which the agent was asked whether the answer that is kept still holds.
    case cacheRevalidations
    /// Requests that the cache was not asked for, although their rule has one: by method, fields or body.
    case cacheBypasses
    /// Of the misses, those that waited for the fetch of another one.
    case cacheCoalesced
    /// Answers that were kept.
    case cacheStored
    /// In shadow mode, answers of agents that were the same as what is kept, and those that were not.
    case cacheShadowSame, cacheShadowDifferent
    /// Requests that were answered with the answer to a similar one, and in shadow mode those that would have been.
    case cacheSimilarHits, cacheSimilarShadowed
    /// Texts that the built-in judged for semantic rules.
    case semanticDecisions
    /// Of these, those on which a further tier was asked, and those where its answer came in time.
    case semanticAsked, semanticAnswered
    /// Of these, those that reached no rule's threshold.
    case semanticUnknown
    /// Requests to which the rules for models gave one.
    case modelsChosen
    /// Times that a model was asked once more, and that the next one was asked in its place.
    case modelRepeats, modelFallbacks
    /// Handshakes of TLS with clients: with certificates, and by tickets of earlier ones.
    case tlsFull, tlsResumed
    /// Those that did not come about, by reason.
    case tlsFailedClosed, tlsFailedTimeout, tlsFailedPlain, tlsFailedVersion, tlsFailedCipher, tlsFailedALPN
    case tlsFailedCertificate, tlsFailedAlert, tlsFailedOther

    /// What became of requests for which there is a cache, with the label of each.
    package static let cacheOutcomes: [(label: String, tally: Tally)] = [
        ("hit", .cacheHits), ("miss", .cacheMisses), ("revalidated", .cacheRevalidations),
        ("bypass", .cacheBypasses),
    ]
}

/// What a loop counts for each agent.
package enum AgentTally: Int, CaseIterable, Sendable {
    /// Attempts sent to the agent.
    case requests
    /// Attempts that failed there: no connection, reset, timeout, bad answer, 502, 503, 504.
    case failures
    /// Attempts that were a further try of an exchange that failed elsewhere.
    case retries
    /// Connections opened to the agent.
    case connectionsOpened
    /// Attempts that went over a kept connection.
    case connectionsReused
    /// Connections to the agent that are open, kept ones included (goes up and down).
    case activeConnections
}

/// The first digit of a status, as a label. Five of them and one for what had no answer at all.
package enum StatusClass: Int, CaseIterable, Sendable {
    /// The client went away, or the connection broke, before a status was known.
    case none
    case informational, success, redirection, clientError, serverError

    package init(status: Int) {
        switch status {
        case 100..<200: self = .informational
        case 200..<300: self = .success
        case 300..<400: self = .redirection
        case 400..<500: self = .clientError
        case 500..<600: self = .serverError
        default: self = .none
        }
    }

    package var label: String {
        switch self {
        case .none: "none"
        case .informational: "1xx"
        case .success: "2xx"
        case .redirection: "3xx"
        case .clientError: "4xx"
        case .serverError: "5xx"
        }
    }
}
