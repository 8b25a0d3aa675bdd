package import Settings

/// The key `cache` of a rule: what of its answers is kept, in place of what `cache` says.
package struct RuleCache: Section {
    package var strategy: RuleCacheStrategy?
    package var ttl: Duration?
    package var ignore: [String]?
    package var similarityThreshold: Ratio?
    package var maxTemperature: Double?
    package var headers: [String] = []
    package var tenant = true
    package var authorization = false
    package var staleWhileRevalidate: Duration?
    package var staleIfError: Duration?
    package var shadow: Bool?
    package var pace = ReplayPace.none
    package var templates: [RuleTemplate] = []
    package var tags: [String] = []

    package init() {}

    package static let keys: [Key<RuleCache>] = [
        .value(
            "strategy", \.strategy,
            "`off`: nothing; `http`: answers to GET alone, as RFC 9111 says; `exact`, `template` and `semantic`: those "
                + "to POST too, if the agent's kind is `llm`, and which of these requests count as the same. Absent: "
                + "GET, and POST as `cache.requestCache` says"),
        .value(
            "ttl", \.ttl,
            "how long an answer is fresh that states nothing about it; before `cache.defaultTTL`, and for POST before "
                + "`cache.requestCache.ttlSeconds`", check: Check.positive),
        .value(
            "ignore", \.ignore,
            "keys at the top of a body that do not count, in place of those of `cache.requestCache`"),
        .value(
            "similarityThreshold", \.similarityThreshold,
            "semantic: how alike two prompts must be, in place of that of `cache.requestCache`",
            check: Check.range(Ratio(0)...Ratio(1))),
        .value(
            "maxTemperature", \.maxTemperature, "in place of that of `cache.requestCache`", check: Check.range(0...2)),
        .value(
            "headers", \.headers, "fields of requests that count beside address and body, each with its value",
            check: checkHeaders),
        .value(
            "tenant", \.tenant,
            "each tenant has entries of its own; false: one answer for all, for what is nobody's in particular"),
        .value(
            "authorization", \.authorization,
            "answers to requests with `Authorization` are kept as if they had none, although the agent may have looked "
                + "at it (RFC 9111 3.5)"),
        .value(
            "staleWhileRevalidate", \.staleWhileRevalidate, "in place of that of `cache`", check: Check.positive),
        .value("staleIfError", \.staleIfError, "in place of that of `cache`", check: Check.positive),
        .value("shadow", \.shadow, "in place of that of `cache`"),
        .value(
            "pace", \.pace,
            "how an event stream that was kept is given: `none` at once, `original` with the pauses that it had"),
        .list(
            "templates", \.templates,
            "template: patterns of prompts; two that fill one of them with the same words are the same",
            identity: "name"),
        .value(
            "tags", \.tags, "tags of all its answers, beside those of the agent, to remove them by", check: checkTags),
    ]

    private static func checkHeaders(_ names: [String]) -> String? {
        if names.count > 16 { return "expected at most 16 fields, found \(names.count)" }
        for name in names {
            if !Field.isName(name) { return "expected the name of a field (RFC 9110 5.1), found \(Quoted.quote(name))" }
        }
        return nil
    }

    private static func checkTags(_ tags: [String]) -> String? {
        for tag in tags {
            let isTag = tag.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
            if tag.isEmpty || tag.utf8.count > 128 || !isTag {
                return "expected tags without blanks and commas, found \(Quoted.quote(tag))"
            }
        }
        return nil
    }

    package static func check(_ value: RuleCache, _ node: Node, _ reading: inout Reading) {
        let place = node["strategy"]?.position ?? node.position
        if value.strategy == .template, value.templates.isEmpty {
            reading.under("templates") {
                $0.error(place, "is missing; strategy template needs at least one, or use exact")
            }
        }
    }
}

/// What of a rule's answers is kept.
package enum RuleCacheStrategy: String, Variant, Hashable {
    case off
    case http
    case exact
    case template
    case semantic

    package static var noun: String { "strategy" }
    package static var spellings: [String: RuleCacheStrategy] { ["none": .off] }
}

/// The pauses of an event stream that was kept.
package enum ReplayPace: String, Variant, Hashable {
    case none
    case original

    package static var noun: String { "pace" }
}
