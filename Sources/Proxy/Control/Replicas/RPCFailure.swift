package import Settings

/// Why a question to an admin listener has no payload.
package enum RPCFailure: Error, Sendable, CustomStringConvertible {
    /// Nobody answers there; nothing was asked.
    case unreachable(String)
    /// The proxy said no. `error` is what it said, whole.
    case refused(code: String, message: String, retryAfterMs: Int?, error: Node)
    /// Asked, but no answer came, or none that can be read: what was asked for may have been done or not.
    case broken(String)

    package var description: String {
        switch self {
        case .unreachable(let what), .broken(let what): what
        case .refused(_, let message, _, _): message
        }
    }

    /// What `{"error": ...}` of an answer says: an RPC error, or the failure of a request that was not dispatched.
    init(error: Node, status: Int) {
        let code = error["code"]?.string ?? (status == 401 ? "UNAUTHORIZED" : "INVALID_REQUEST")
        var message = error["message"]?.string ?? "the admin listener answered with status \(status)"
        if let hint = error["hint"]?.string, !hint.isEmpty { message += "; \(hint)" }
        self = .refused(code: code, message: message, retryAfterMs: error["retryAfterMs"]?.int, error: error)
    }
}
