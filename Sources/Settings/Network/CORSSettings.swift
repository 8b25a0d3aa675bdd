/// Which pages of other sites may ask from browsers, and what of the answers they may see: the key `cors` of `http` and of
/// a rule. What a rule does not say is as `http.cors` says.
package struct CORSSettings: Section {
    package static let standardMethods = ["GET", "HEAD", "POST"]

    package var enabled: Bool?
    package var allowedOrigins: [WebOrigin]?
    package var allowedMethods: [String]?
    package var allowedHeaders: [String]?
    package var exposedHeaders: [String]?
    package var allowCredentials: Bool?
    package var maxAge: Duration?

    package init() {}

    package static let keys: [Key<CORSSettings>] = [
        .value("enabled", \.enabled, "false: nothing is done for browsers here; true by default, once there are origins"),
        .value(
            "allowedOrigins", \.allowedOrigins,
            "pages that may ask: `https://app.example.com`, with any one label `https://*.example.com`, or `*` for all; "
                + "none by default"),
        .value(
            "allowedMethods", \.allowedMethods,
            "methods that they may ask by, or `*`; GET, HEAD and POST by default", check: checkMethods),
        .value(
            "allowedHeaders", \.allowedHeaders,
            "fields that they may send beside the simple ones, or `*`; none by default", check: checkNames),
        .value(
            "exposedHeaders", \.exposedHeaders, "fields of answers that they may see beside the simple ones, or `*`",
            check: checkNames),
        .value(
            "allowCredentials", \.allowCredentials,
            "they may send cookies and what else browsers know of the user; never with `*` as origin; false by default"
        ),
        .value(
            "maxAge", \.maxAge, "how long browsers may remember what is allowed; theirs, 5s, by default", unit: .seconds,
            check: Check.range(Duration.zero...Duration.seconds(86_400 * 30))),
    ]

    private static func checkMethods(_ methods: [String]?) -> String? {
        (methods ?? []).first { !isToken($0) }.map { "expected methods such as GET, or *, found \(Quoted.quote($0))" }
    }

    private static func checkNames(_ names: [String]?) -> String? {
        (names ?? []).first { !isToken($0) }.map {
            "expected names of fields such as Content-Type, or *, found \(Quoted.quote($0))"
        }
    }

    /// RFC 9110 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 256
            && text.utf8.allSatisfy { byte in
                NumberLiteral.isDigit(byte) || (0x61...0x7a).contains(byte | 0x20)
                    || Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
            }
    }

    package static func check(_ value: CORSSettings, _ node: Node, _ reading: inout Reading) {
        if value.allowedOrigins?.contains(.exact("null")) == true {
            reading.under("allowedOrigins") {
                $0.warn(
                    node["allowedOrigins"]?.position ?? node.position,
                    "allows null, which any page can make its origin by a sandbox; leave it out")
            }
        }
    }

    /// What holds for a rule: its own words, and for the rest those of all.
    package func over(_ base: CORSSettings) -> CORSSettings {
        var all = base
        all.enabled = enabled ?? base.enabled
        all.allowedOrigins = allowedOrigins ?? base.allowedOrigins
        all.allowedMethods = allowedMethods ?? base.allowedMethods
        all.allowedHeaders = allowedHeaders ?? base.allowedHeaders
        all.exposedHeaders = exposedHeaders ?? base.exposedHeaders
        all.allowCredentials = allowCredentials ?? base.allowCredentials
        all.maxAge = maxAge ?? base.maxAge
        return all
    }

    /// Why it cannot be so as it is; nil where it can.
    package var contradiction: String? {
        guard isOn, allowCredentials == true, allowedOrigins?.contains(.all) == true else { return nil }
        return "allows every origin, *, with credentials, so any page could act as its visitor; name the origins, or "
            + "leave allowCredentials out"
    }

    package var isOn: Bool { enabled != false && !(allowedOrigins ?? []).isEmpty }
}
