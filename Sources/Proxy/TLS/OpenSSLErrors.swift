internal import COpenSSL

/// The queue of errors that OpenSSL keeps for each thread.
enum OpenSSLErrors {
    struct Entry {
        var library: CInt
        var reason: CInt
        var text: String
    }

    /// Alerts of the peer have reasons of 1000 and their number (`SSL_AD_REASON_OFFSET`).
    static let alerts: CInt = 1000

    /// To look costs a tenth of what it costs to clear, and nearly always there is none.
    static func clear() {
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }

    /// The first error since the last `clear`; takes all of them.
    static func take() -> Entry? {
        let code = ERR_get_error()
        guard code != 0 else { return nil }
        let words = ERR_reason_error_string(code).map { String(cString: $0) }
        ERR_clear_error()
        return Entry(
            library: claw_err_library(code), reason: claw_err_reason(code), text: words ?? "error \(code) of OpenSSL")
    }
}
