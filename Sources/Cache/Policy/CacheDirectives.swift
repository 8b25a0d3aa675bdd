/// What `Cache-Control`, or a field in its place (RFC 9213), says about a request or an answer (RFC 9111 5.2).
///
/// Durations are seconds, saturated at 2^31 (RFC 9111 1.2.2). What should be a number and is none counts as 0, so that
/// what it was meant to keep fresh is stale; of a directive given twice the first counts (4.2.1).
package struct CacheDirectives: Sendable, Equatable {
    package var noStore = false
    /// `no-cache` without field names.
    package var noCache = false
    /// `private` without field names.
    package var isPrivate = false
    package var isPublic = false
    package var mustRevalidate = false
    package var proxyRevalidate = false
    package var mustUnderstand = false
    package var immutable = false
    package var onlyIfCached = false
    package var noTransform = false
    package var maxAge: Int64?
    package var sMaxAge: Int64?
    package var minFresh: Int64?
    package var staleWhileRevalidate: Int64?
    package var staleIfError: Int64?
    /// `.max` where it is given without a number.
    package var maxStale: Int64?
    /// Lower-case names that `no-cache="..."` lists: not used again without asking the agent.
    package var noCacheFields: [[UInt8]] = []
    /// Lower-case names that `private="..."` lists: not for a shared cache.
    package var privateFields: [[UInt8]] = []

    package init() {}

    /// What one field value says.
    package init(_ field: UnsafeRawBufferPointer) { read(field) }

    /// A shared cache must not serve the answer stale, whatever else allows it (RFC 9111 4.2.4).
    package var forbidsStale: Bool { mustRevalidate || proxyRevalidate || sMaxAge != nil }
}
