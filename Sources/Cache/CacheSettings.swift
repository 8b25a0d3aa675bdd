package import Settings

/// `cache`: answers that are kept. This version keeps none: the keys are read, so that a document which has them
/// loads with a warning each; the issue that brings the cache brings what they do.
package struct CacheSettings: Section {
    package init() {}

    package static let keys: [Key<CacheSettings>] = [
        .later("layers", "where answers are kept: memory, Redis, disk"),
        .later("defaultTTL", "how long an answer is fresh that states nothing about it"),
        .later("cacheControl", "`Cache-Control` towards clients where the agent gave none"),
        .later("requestCache", "answers to POST requests that are kept"),
    ]
}
