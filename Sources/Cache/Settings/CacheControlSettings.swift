package import Settings

/// The key `cache.cacheControl`: what clients are told about answers that were kept, where the agent told nothing.
package struct CacheControlSettings: Section {
    package var enabled = false
    package var maxAge = Duration.seconds(300)

    package init() {}

    package static let keys: [Key<CacheControlSettings>] = [
        .value(
            "enabled", \.enabled,
            "answers without `Cache-Control` get one: `max-age`, and `private` where the entry is a tenant's own"),
        .value(
            "maxAge", \.maxAge, "how long clients may keep it, and no longer than it is fresh here", unit: .seconds,
            check: Check.range(Duration.zero...Duration.seconds(31_536_000))),
    ]
}
