package import Settings

/// `http.securityHeaders`: fields that tell browsers what a page may not do, on every answer to a client.
package struct SecurityHeaderSettings: Section {
    package var enabled = false
    package var frameOptions = FrameOptions.deny
    package var contentTypeOptions = true
    package var referrerPolicy: String?
    package var contentSecurityPolicy: String?
    package var permissionsPolicy: String?
    package var crossOriginOpenerPolicy: String?
    package var crossOriginResourcePolicy: String?

    package init() {}

    package static let keys: [Key<SecurityHeaderSettings>] = [
        .value(
            "enabled", \.enabled,
            "every answer has these fields, in place of those of the agent; what a rule sets itself stays"),
        .value(
            "frameOptions", \.frameOptions, "`X-Frame-Options`: which pages may show this one within them; `off`: unsaid"),
        .value(
            "contentTypeOptions", \.contentTypeOptions,
            "`X-Content-Type-Options: nosniff`: browsers take the type of an answer as it is told"),
        .value("referrerPolicy", \.referrerPolicy, "`Referrer-Policy`, such as no-referrer", check: checkValue),
        .value(
            "contentSecurityPolicy", \.contentSecurityPolicy, "`Content-Security-Policy`, such as default-src 'self'",
            check: checkValue),
        .value("permissionsPolicy", \.permissionsPolicy, "`Permissions-Policy`, such as camera=()", check: checkValue),
        .value(
            "crossOriginOpenerPolicy", \.crossOriginOpenerPolicy, "`Cross-Origin-Opener-Policy`, such as same-origin",
            check: checkValue),
        .value(
            "crossOriginResourcePolicy", \.crossOriginResourcePolicy,
            "`Cross-Origin-Resource-Policy`, such as same-site", check: checkValue),
    ]

    private static func checkValue(_ text: String?) -> String? {
        guard let text else { return nil }
        if text.isEmpty { return "must not be empty; leave it out" }
        guard text.utf8.allSatisfy({ ($0 >= 0x20 && $0 < 0x7f) || $0 == 0x09 }) else {
            return "holds a line break or another character that no field can (RFC 9110 5.5)"
        }
        return nil
    }

    /// Name and value of each, in the order of the keys.
    package var fields: [(name: String, value: String)] {
        guard enabled else { return [] }
        let all: [(String, String?)] = [
            ("X-Frame-Options", frameOptions.value), ("X-Content-Type-Options", contentTypeOptions ? "nosniff" : nil),
            ("Referrer-Policy", referrerPolicy), ("Content-Security-Policy", contentSecurityPolicy),
            ("Permissions-Policy", permissionsPolicy), ("Cross-Origin-Opener-Policy", crossOriginOpenerPolicy),
            ("Cross-Origin-Resource-Policy", crossOriginResourcePolicy),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}

package enum FrameOptions: String, Variant {
    case deny
    case sameOrigin = "same-origin"
    case off

    package static var noun: String { "frame option" }
    package static var spellings: [String: FrameOptions] {
        ["DENY": .deny, "SAMEORIGIN": .sameOrigin, "sameorigin": .sameOrigin]
    }

    var value: String? {
        switch self {
        case .deny: "DENY"
        case .sameOrigin: "SAMEORIGIN"
        case .off: nil
        }
    }
}
