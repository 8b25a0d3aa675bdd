/// The head of an answer that several may get: one that is kept, or that is being fetched for all who ask for it.
struct SharedHead: Sendable {
    var status: Int
    /// Empty: the usual phrase of the status.
    var reason: [UInt8] = []
    /// Whole field lines, each with its CR LF, without framing and without what concerns one connection.
    var fields: [UInt8]
    /// Lines for this one client: `Age`, `Cache-Status`.
    var own: [UInt8] = []
    /// Bytes of the body; nil where that is not known yet.
    var length: Int?

    /// No body follows whatever the fields say (RFC 9112 6.3).
    var isBodiless: Bool { status < 200 || status == 204 || status == 304 }
}
