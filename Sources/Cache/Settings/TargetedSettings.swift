package import Settings

/// The key `cache.targeted`: `Cache-Control` for caches on the way alone (RFC 9213), from the agent and to a CDN in
/// front.
package struct TargetedSettings: Section {
    package var read: [TargetedFieldName] = [.cdnCacheControl]
    package var keep = true
    package var emit: TargetedFieldName?
    package var maxAge = Duration.seconds(300)

    package init() {}

    package static let keys: [Key<TargetedSettings>] = [
        .value(
            "read", \.read, "fields of agents that count here in place of `Cache-Control`, the first that there is"),
        .value(
            "keep", \.keep, "those fields go on to who asks, for a CDN in front; false: they are taken away"),
        .value("emit", \.emit, "the field that tells a CDN in front how long it may keep an answer; absent: none"),
        .value(
            "maxAge", \.maxAge, "what `emit` says, and no longer than the answer is fresh here", unit: .seconds,
            check: Check.range(Duration.zero...Duration.seconds(31_536_000))),
    ]
}

/// A field that speaks to caches on the way.
package enum TargetedFieldName: String, Variant, Hashable {
    case cdnCacheControl = "cdn-cache-control"
    case surrogateControl = "surrogate-control"

    package static var noun: String { "field" }

    /// As it is written on the wire.
    package var fieldName: StaticString {
        switch self {
        case .cdnCacheControl: "CDN-Cache-Control"
        case .surrogateControl: "Surrogate-Control"
        }
    }
}
