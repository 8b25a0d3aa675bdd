package import Settings

/// The key `cache.warm`: what is fetched at the start, so that the first to ask finds it.
package struct WarmSettings: Section {
    /// More is a crawl, not a start.
    package static let most = 10_000

    package var urls: [CacheAddress] = []
    package var concurrency = 4

    package init() {}

    package static let keys: [Key<WarmSettings>] = [
        .value(
            "urls", \.urls, "addresses that are fetched once by GET as a client would, without credentials",
            check: { $0.count <= most ? nil : "expected at most \(most) addresses, found \($0.count)" }),
        .value("concurrency", \.concurrency, "how many at a time", check: Check.range(1...64)),
    ]
}
