package import Settings

/// Which requests a rule takes: by path or by meaning, and by what must hold besides.
package struct MatchSettings: Section {
    /// No default: every rule says what it is.
    package var type = MatchType.prefix
    package var pattern: String?
    package var hosts: [String] = []
    package var methods: [String] = []
    package var headers: [String: String] = [:]
    package var query: [String: String] = [:]
    package var categories: [String] = []
    /// Scores are calibrated: of the requests that score this much, three in four are what the rule asks for.
    package var threshold = 0.75
    package var encodedDelimiters = EncodedDelimiters.reject

    package init() {}

    package static let keys: [Key<MatchSettings>] = [
        .required("type", \.type, "how `pattern` is compared with the path"),
        .value(
            "pattern", \.pattern,
            "the path (`exact`), the path below which the rule takes everything (`prefix`), or an RE2 expression "
                + "that is found anywhere in the path unless it says `^` and `$` (`regex`); with `semantic` the path "
                + "below which the rule looks at all, every path where it is absent"),
        .value("hosts", \.hosts, "hosts, exact or `*.example.com` for every name below; ports do not count"),
        .value("methods", \.methods, "methods; none for all"),
        .value("headers", \.headers, "request fields by name: an exact value, `~REGEX`, or `*` for present"),
        .value("query", \.query, "query parameters by name: an exact value, or `*` for present"),
        .value(
            "categories", \.categories,
            "what a semantic rule takes: names of built-in categories and of those in `routing.semantic.categories`"),
        .value(
            "threshold", \.threshold,
            "least score with which a semantic rule takes a request: the sum of the probabilities of its categories",
            check: Check.range(0...1)),
        .value(
            "encodedDelimiters", \.encodedDelimiters,
            "whether paths with `%2F`, `%5C`, `%00` or an invalid escape are answered with 400 or passed on"),
    ]

    package static func check(_ value: MatchSettings, _ node: Node, _ reading: inout Reading) {
        MatchCheck.check(value, node, &reading)
    }
}
