package import Settings

/// One entry of a rule's `cache.templates`: prompts that differ in some words alone.
package struct RuleTemplate: Section {
    package var name = ""
    package var patterns: OneOrMany<String> = []
    package var caseSensitive = false
    package var whitespace = false

    package init() {}

    package static let keys: [Key<RuleTemplate>] = [
        .required("name", \.name, "name, which is part of the key", check: Check.nonEmpty),
        .required(
            "patterns", \.patterns,
            "regular expressions (RE2) that must fit the whole prompt, tried in this order; what named groups such as "
                + "`(?P<language>\\w+)` take is what counts", check: checkPatterns),
        .value("caseSensitive", \.caseSensitive, "whether words that differ in case alone are others"),
        .value("whitespace", \.whitespace, "whether words that differ in blanks alone are others"),
    ]

    private static func checkPatterns(_ patterns: OneOrMany<String>) -> String? {
        if patterns.values.isEmpty || patterns.values.count > 16 {
            return "expected 1 to 16 patterns, found \(patterns.values.count)"
        }
        for pattern in patterns.values {
            do throws(Expression.Refusal) {
                let expression = try Expression(Array(pattern.utf8))
                if expression.captures == 0 || !pattern.utf8.contains(UInt8(ascii: "?")) {
                    return "\(Quoted.quote(pattern)) has no named group; expected one such as (?P<text>.+)"
                }
                if expression.captures > 9 {
                    return "\(Quoted.quote(pattern)) has \(expression.captures) groups; expected at most 9"
                }
            } catch {
                return "RE2 refuses the expression: \(error.message)"
            }
        }
        return nil
    }
}
