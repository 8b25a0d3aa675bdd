/// Why a name has no addresses or services, in words that say which server said what.
package struct ResolveFailure: Error, Sendable, Equatable {
    package enum Kind: Sendable, Hashable {
        /// It is no name that DNS could know.
        case name
        /// There is no such name.
        case noName
        /// The name is there, without what was asked for.
        case noRecords
        /// No server gave an answer: whether the name exists is not known.
        case servers
        /// Nobody waits any more.
        case cancelled
    }

    package var kind: Kind
    package var message: String
    /// How long the "no" holds, as its zone says (RFC 2308); nil where nobody says it.
    package var ttl: Duration?

    package init(_ kind: Kind, _ message: String, ttl: Duration? = nil) {
        self.kind = kind
        self.message = message
        self.ttl = ttl
    }

    /// Whether it is certain that there is nothing.
    package var isCertain: Bool { kind == .noName || kind == .noRecords }
}
