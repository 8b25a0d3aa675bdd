package import Settings

/// Which requests a rule takes: by path, and by what must hold besides.
package struct MatchSettings: Section {
    /// No default: every rule says what it is.
    package var type = MatchType.prefix
    package var pattern: String?
    package var hosts: [String] = []
    package var methods: [String] = []
    package var headers: [String: String] = [:]
    package var query: [String: String] = [:]
    package var categories: [String] = []
    package var threshold: Double?
    package var encodedDelimiters = EncodedDelimiters.reject

    package init() {}

    package static let keys: [Key<MatchSettings>] = [
        .required("type", \.type, "how `pattern` is compared with the path"),
        .value(
            "pattern", \.pattern,
            "the path (`exact`), the path below which the rule takes everything (`prefix`), or an RE2 expression "
                + "that is found anywhere in the path unless it says `^` and `$` (`regex`)"),
        .value("hosts", \.hosts, "hosts, exact or `*.example.com` for every name below; ports do not count"),
        .value("methods", \.methods, "methods; none for all"),
        .value("headers", \.headers, "request fields by name: an exact value, `~REGEX`, or `*` for present"),
        .value("query", \.query, "query parameters by name: an exact value, or `*` for present"),
        .value("categories", \.categories, "what a semantic rule takes"),
        .value(
            "threshold", \.threshold, "least sum of the probabilities of a semantic rule's categories",
            check: Check.range(0...1)),
        .value(
            "encodedDelimiters", \.encodedDelimiters,
            "whether paths with `%2F`, `%5C`, `%00` or an invalid escape are answered with 400 or passed on"),
    ]

    package static func check(_ value: MatchSettings, _ node: Node, _ reading: inout Reading) {
        MatchCheck.check(value, node, &reading)
    }
}
