/// Why a request is refused with 401, and the `WWW-Authenticate` value that says so (RFC 6750, section 3).
package enum Challenge: Sendable, Equatable {
    /// No bearer token was presented.
    case missing
    /// One was presented that nobody here has.
    case invalid

    package var text: StaticString {
        switch self {
        case .missing: "Bearer realm=\"clawproxy\""
        case .invalid: "Bearer realm=\"clawproxy\", error=\"invalid_token\""
        }
    }
}
