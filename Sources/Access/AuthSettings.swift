package import Settings

/// `auth`: who may use the rules that ask for it.
package struct AuthSettings: Section {
    package var tokens: [TokenSettings] = []
    package var forward = false

    package init() {}

    package static let keys: [Key<AuthSettings>] = [
        .list(
            "tokens", \.tokens, "bearer tokens; none: a rule with `requiresAuth` always answers 401",
            identity: "name"),
        .value("forward", \.forward, "the token goes on to the agent; otherwise it is consumed here"),
    ]

    package static func check(_ value: AuthSettings, _ node: Node, _ reading: inout Reading) {
        var owners: [SHA256Digest: String] = [:]
        for (index, token) in value.tokens.enumerated() {
            guard let digest = token.digest else { continue }
            guard let owner = owners.updateValue(token.name, forKey: digest) else { continue }
            let position = node["tokens"]?.elements?[index].position ?? node.position
            reading.under("tokens") { reading in
                reading.under("[\(index)]") {
                    $0.error(position, "the same token as that of '\(owner)'; expected one of its own for each name")
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
        var text = token.value
        return text.withUTF8 { SHA256Digest(of: UnsafeRawBufferPointer($0)) }
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
        switch (isGiven("sha256", node), isGiven("token", node)) {
        case (true, true):
            reading.error(node.position, "both sha256 and token; expected one of them")
        case (false, false):
            reading.error(node.position, "neither sha256 nor token; expected one of them")
        default: break
        }
    }

    private static func isGiven(_ name: String, _ node: Node) -> Bool {
        node[name].map { !$0.isNull } ?? false
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
