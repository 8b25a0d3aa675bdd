/// What status codes mean to a cache (RFC 9110 15).
package enum StatusClass {
    /// Fresh for a guessed time where nothing is said (RFC 9110 15.1), and 206, which is not kept here.
    package static func isHeuristic(_ status: Int) -> Bool {
        switch status {
        case 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501: true
        default: false
        }
    }

    /// Its rules for caches are known and kept (`must-understand`, RFC 9111 5.2.2.3).
    package static func isUnderstood(_ status: Int) -> Bool {
        switch status {
        case 200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 307, 308, 400...405, 410, 411, 413, 414, 415, 417, 421,
            422, 426, 451, 500...505:
            true
        default: false
        }
    }

    /// Why no answer with this status is kept, whatever it says; nil where one may be.
    static func refusal(_ status: Int) -> NotStored? {
        switch status {
        case ..<200: .status
        // parts of an answer, and what can only be said about a part
        case 206, 416: .partial
        // these belong to the conditions of one request
        case 304, 412: .status
        // RFC 6585: must not be kept
        case 428, 429, 431, 511: .status
        default: nil
        }
    }
}
