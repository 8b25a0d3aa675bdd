/// Why an answer is not kept.
package enum NotStored: String, Sendable, CaseIterable {
    case method
    case requestNoStore = "request-no-store"
    case requestBody = "request-body"
    case sessionKey = "session-key"
    case status
    case partial
    case mustUnderstand = "must-understand"
    case noStore = "no-store"
    case `private`
    case setCookie = "set-cookie"
    case authorization
    /// The request had a cookie, and the answer does not say that it is for others too.
    case cookie
    /// `Vary: *`, or by more fields than are told apart.
    case varyStar = "vary"
    /// It says nothing about freshness, has no validator, and may not be guessed about.
    case noLifetime = "no-lifetime"
    /// It is stale already, and nothing could make it useful again.
    case expired
    /// `no-cache`, and nothing to ask the agent with.
    case noValidator = "no-validator"

    /// For logs and metrics.
    package var word: String { rawValue }

    /// The answer's own doing, and not that of the request: the next one will most likely not be kept either, whoever
    /// asks for it.
    package var isLasting: Bool {
        switch self {
        case .mustUnderstand, .noStore, .private, .setCookie, .varyStar, .noLifetime, .expired, .noValidator: true
        case .method, .requestNoStore, .requestBody, .sessionKey, .status, .partial, .authorization, .cookie: false
        }
    }
}
