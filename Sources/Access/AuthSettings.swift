package import Settings
internal import Wire

/// `auth`: who may use the rules that ask for it.
package struct AuthSettings: Section {
    package var tokens: [TokenSettings] = []
    package var apiKeys: [APIKeySettings] = []
    package var apiKeyHeader = "X-API-Key"
    package var apiKeyQuery: String?
    package var jwt: [JWTIssuerSettings] = []
    package var clientCertificates = ClientCertificateSettings()
    package var forwardAuth = ForwardAuthSettings()
    package var forward = false

    package init() {}

    /// What a rule's `requiresAuth: true` can be met by.
    package var configured: AuthKinds {
        var kinds: AuthKinds = []
        if !tokens.isEmpty { kinds.insert(.token) }
        if !apiKeys.isEmpty { kinds.insert(.apiKey) }
        if !jwt.isEmpty { kinds.insert(.jwt) }
        if clientCertificates.isConfigured { kinds.insert(.clientCertificate) }
        if forwardAuth.url != nil { kinds.insert(.forward) }
        return kinds
    }

    /// The kinds that a rule's `requiresAuth` comes to.
    package func kinds(_ asked: AuthKinds) -> AuthKinds { asked.contains(.any) ? configured : asked }

    /// The field with the API key that rules of these kinds keep from their agents, in lower case; empty: none.
    package func consumedKey(_ kinds: AuthKinds) -> [UInt8] {
        !forward && kinds.contains(.apiKey) ? Array(apiKeyHeader.lowercased().utf8) : []
    }

    /// Fields by which the edge tells agents who somebody is, in lower case: no client may set them.
    package var identityFields: [String] {
        var names: Set<String> = []
        for issuer in jwt { names.formUnion(issuer.claimsToHeaders.values.map { $0.lowercased() }) }
        if forwardAuth.url != nil { names.formUnion(forwardAuth.responseHeaders.map { $0.lowercased() }) }
        return names.sorted()
    }

    package static let keys: [Key<AuthSettings>] = [
        .list(
            "tokens", \.tokens, "bearer tokens; without any kind a rule with `requiresAuth` always answers 401",
            identity: "name"),
        .list("apiKeys", \.apiKeys, "keys in a field of their own", identity: "name"),
        .value(
            "apiKeyHeader", \.apiKeyHeader, "the field that carries an API key",
            check: { IdentityField.refusal($0) }),
        .value(
            "apiKeyQuery", \.apiKeyQuery,
            "a query parameter that may carry an API key, too; agents and logs do not see it. Absent: none may",
            check: { $0.flatMap { IdentityField.isParameter($0) ? nil : "expected letters, digits and -._~ only" } }),
        .list("jwt", \.jwt, "issuers of JSON Web Tokens", orOne: true),
        .section("clientCertificates", \.clientCertificates, "whom certificates of clients name"),
        .section("forwardAuth", \.forwardAuth, "a service that says who may come in"),
        .value(
            "forward", \.forward, "tokens, keys and credentials go on to the agent; otherwise they are consumed here"),
    ]

    package static func check(_ value: AuthSettings, _ node: Node, _ reading: inout Reading) {
        unique("tokens", value.tokens.map { ($0.name, $0.digest) }, "token", node, &reading)
        unique("apiKeys", value.apiKeys.map { ($0.name, $0.digest) }, "key", node, &reading)
        var issuers: Set<String> = []
        for (index, issuer) in value.jwt.enumerated() where !issuers.insert(issuer.issuer).inserted {
            let elements = node["jwt"]?.elements ?? []
            let position = elements.indices.contains(index) ? elements[index].position : node.position
            reading.under("jwt") { reading in
                reading.under("[\(index)]") {
                    $0.error(
                        position,
                        "the issuer \(Quoted.quote(issuer.issuer)) stands here twice; "
                            + "give it all its audiences in one place")
                }
            }
        }
    }

    private static func unique(
        _ key: String, _ entries: [(name: String, digest: SHA256Digest?)], _ what: String, _ node: Node,
        _ reading: inout Reading
    ) {
        var owners: [SHA256Digest: String] = [:]
        for (index, entry) in entries.enumerated() {
            guard let digest = entry.digest else { continue }
            guard let owner = owners.updateValue(entry.name, forKey: digest) else { continue }
            let elements = node[key]?.elements ?? []
            let position = elements.indices.contains(index) ? elements[index].position : node.position
            reading.under(key) { reading in
                reading.under("[\(index)]") {
                    $0.error(position, "the same \(what) as that of '\(owner)'; expected one of its own for each name")
                }
            }
        }
    }
}

/// `auth.tokens[]`: one bearer token, given by its digest or as it is.
package struct TokenSettings: Section {
    package var name = ""
    package var tenant: String?
    package var sha256: SHA256Digest?
    package var token: Secret?

    package init() {}

    /// What a presented token's digest is compared with; nil for a token that nobody can present.
    package var digest: SHA256Digest? {
        if let sha256 { return sha256 }
        guard let token, BearerToken.isWellFormed(token.value) else { return nil }
        return SHA256Digest(of: token.value)
    }

    package static let keys: [Key<TokenSettings>] = [
        .required("name", \.name, "what logs call its bearer", check: Check.nonEmpty),
        .value(
            "tenant", \.tenant, "whose data it is, closed to all others; absent: the name", check: Check.nonEmpty),
        .value("sha256", \.sha256, "SHA-256 of the token, 64 hexadecimal digits"),
        .value(
            "token", \.token, "the token itself; prefer `sha256`, or `${NAME}`", secret: true,
            check: { $0.flatMap { BearerToken.isWellFormed($0.value) ? nil : BearerToken.rule } }),
    ]

    package static func check(_ value: TokenSettings, _ node: Node, _ reading: inout Reading) {
        OneOf.check(["sha256", "token"], node, &reading)
    }
}

/// `auth.apiKeys[]`: one key, given by its digest or as it is.
package struct APIKeySettings: Section {
    package var name = ""
    package var tenant: String?
    package var sha256: SHA256Digest?
    package var key: Secret?

    package init() {}

    package var digest: SHA256Digest? {
        if let sha256 { return sha256 }
        return key.flatMap { Self.isWellFormed($0.value) ? SHA256Digest(of: $0.value) : nil }
    }

    package static let keys: [Key<APIKeySettings>] = [
        .required("name", \.name, "what logs call its bearer", check: Check.nonEmpty),
        .value(
            "tenant", \.tenant, "whose data it is, closed to all others; absent: the name", check: Check.nonEmpty),
        .value("sha256", \.sha256, "SHA-256 of the key, 64 hexadecimal digits"),
        .value(
            "key", \.key, "the key itself; prefer `sha256`, or `${NAME}`", secret: true,
            check: { $0.flatMap { isWellFormed($0.value) ? nil : rule } }),
    ]

    package static func check(_ value: APIKeySettings, _ node: Node, _ reading: inout Reading) {
        OneOf.check(["sha256", "key"], node, &reading)
    }

    private static let rule = "expected printable ASCII without blanks: a field carries no others"

    private static func isWellFormed(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }
}

/// Keys of a section of which exactly one is given.
enum OneOf {
    static func check(_ names: [String], _ node: Node, _ reading: inout Reading) {
        let given = names.filter { node[$0].map { !$0.isNull } ?? false }
        if given.count > 1 {
            let both = given.count == 2 ? "both \(given[0]) and \(given[1])" : given.joined(separator: ", ")
            reading.error(node.position, "\(both); expected one of them")
        } else if given.isEmpty {
            let last = names.last ?? ""
            reading.error(
                node.position,
                "neither \(names.dropLast().joined(separator: ", ")) nor \(last); expected one of them")
        }
    }
}

extension SHA256Digest: SettingValue {
    package static var shape: Shape {
        .text(
            "SHA-256", expected: "64 hexadecimal digits",
            example: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", pattern: "^[0-9a-fA-F]{64}$")
    }
    package var text: String { "\"\(hex)\"" }

    package static func read(_ node: Node, _ reading: inout Reading) -> SHA256Digest? {
        guard let text = String.read(node, &reading) else { return nil }
        if let digest = SHA256Digest(hex: text) { return digest }
        reading.error(
            node.position,
            "expected the 64 hexadecimal digits of a SHA-256 digest, found \(text.utf8.count) other bytes; "
                + "make them with: printf %s TOKEN | sha256sum")
        return nil
    }
}
