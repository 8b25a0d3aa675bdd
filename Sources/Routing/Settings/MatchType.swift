internal import Settings

/// How a rule's pattern is compared with a path.
package enum MatchType: String, Variant {
    /// The path is the pattern.
    case exact
    /// The path is the pattern or lies below it: `/api` takes `/api` and `/api/x`, never `/apix`.
    case prefix
    /// The pattern is found in the path, anywhere unless it says `^` and `$`.
    case regex
    /// The text in the body means one of the rule's categories. The pattern is a path below which the rule looks.
    case semantic
    /// Every path that no other rule takes.
    case `default`

    package static var noun: String { "match type" }
}

/// What becomes of a path that holds `%2F`, `%5C`, `%00` or an invalid escape, which agents read differently.
package enum EncodedDelimiters: String, Variant {
    /// Answered with 400.
    case reject
    /// Passed on as it is.
    case keep

    package static var noun: String { "way with encoded delimiters" }
}
