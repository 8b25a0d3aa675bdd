/// Why a handshake with a client did not come about, as metrics count it.
package enum TLSRefusal: String, Sendable, CaseIterable {
    /// It ended the connection first.
    case closed
    /// It took longer than `http.tls.handshakeTimeout`.
    case timeout
    /// Plain HTTP came.
    case plain
    /// It speaks no version, or no cipher, or no protocol (ALPN) that is spoken here.
    case version, cipher, alpn
    /// Its certificate is missing, or proves nothing.
    case certificate
    /// It refused: it sent an alert.
    case alert
    case other
}

/// Why TLS with somebody did not come about, or broke off: what was seen, and what to do about it.
package struct TLSFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// The peer's certificate does not prove that it is who was meant.
        case certificate
        /// The peer refused: it sent an alert.
        case alert
        /// What came is not TLS, or breaks its rules.
        case badProtocol
        /// The connection ended without the peer's `close_notify`: what came may not be all (RFC 8446 6.1).
        case truncated
        /// The handshake took too long.
        case timeout
        /// A file of our own (CA, certificate, key) cannot be used.
        case file
    }

    package let kind: Kind
    package let what: String
    package let hint: String
    /// The key that names the file, for `.file`.
    package var key: String?
    /// Why a client's handshake did not come about, as it is counted.
    package var refusal = TLSRefusal.other

    package init(_ kind: Kind, _ what: String, hint: String, key: String? = nil) {
        self.kind = kind
        self.what = what
        self.hint = hint
        self.key = key
    }

    package var description: String { "\(what); \(hint)" }

    static let truncated = TLSFailure(
        .truncated, "the connection ended without the close_notify of TLS",
        hint: "what came may not be all of it; look at the peer's log")

    static let noMemory = TLSFailure(
        .badProtocol, "there is no memory for a TLS session", hint: "give the process more memory")
}
