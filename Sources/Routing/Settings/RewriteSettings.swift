package import Settings

/// Another beginning for a path.
package struct PrefixChange: Section {
    package var from = "/"
    package var to = "/"

    package init() {}

    package static let keys: [Key<PrefixChange>] = [
        .required("from", \.from, "the beginning to replace, at a segment's border", check: RewriteSettings.path),
        .required("to", \.to, "what takes its place", check: RewriteSettings.path),
    ]
}

/// The path that the agent sees instead of the client's. The query stays as it is.
package struct RewriteSettings: Section {
    package var stripPrefix: String?
    package var addPrefix: String?
    package var replacePrefix: PrefixChange?
    package var path: String?

    package init() {}

    package static let keys: [Key<RewriteSettings>] = [
        .value(
            "stripPrefix", \.stripPrefix, "beginning to take away, at a segment's border: `/api`",
            check: { $0.flatMap(path) }),
        .value(
            "addPrefix", \.addPrefix, "beginning to put in front, after `stripPrefix`: `/v2`",
            check: { $0.flatMap(path) }),
        .section("replacePrefix", \.replacePrefix, "beginning to replace by another"),
        .value(
            "path", \.path,
            "the whole path; `$1` to `$9` are what the groups of a `regex` rule found, `$$` is a dollar sign",
            check: { $0.flatMap(template) }),
    ]

    package static func check(_ value: RewriteSettings, _ node: Node, _ reading: inout Reading) {
        if value.path != nil, value.stripPrefix != nil || value.addPrefix != nil || value.replacePrefix != nil {
            reading.error(node.position, "path replaces the whole path; leave the prefix edits out, or path")
        }
        if value.replacePrefix != nil, value.stripPrefix != nil || value.addPrefix != nil {
            reading.error(
                node.position, "replacePrefix does what stripPrefix and addPrefix do; leave out one or the others")
        }
    }

    static let path: @Sendable (String) -> String? = { text in
        do throws(PathPattern.Fault) {
            _ = try PathPattern.prefix(text)
            return text.contains("*") ? "a rewrite has no '*'; leave it out" : nil
        } catch {
            return error.message
        }
    }

    private static func template(_ text: String) -> String? {
        do throws(PathPattern.Fault) {
            _ = try PathTemplate(text)
            return nil
        } catch {
            return error.message
        }
    }
}
