package import Settings

/// What a signature is made with (RFC 7518 3.1, RFC 8037 3.1). There is no `none`.
package enum JWTAlgorithmName: String, Variant {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"
    case hs256 = "HS256"

    package static var noun: String { "algorithm" }
}

/// `auth.jwt[]`: an issuer of JSON Web Tokens, its keys, and what its tokens must say.
package struct JWTIssuerSettings: Section {
    package var issuer = ""
    package var name: String?
    package var audience: OneOrMany<String> = []
    package var jwksUrl: String?
    package var caFile: String?
    package var jwksFile: String?
    package var keyFile: String?
    package var secret: Secret?
    package var algorithms: [JWTAlgorithmName] = [.rs256, .es256, .edDSA]
    package var clockSkew = Duration.seconds(60)
    package var nameClaim = "sub"
    package var tenantClaim: String?
    package var requiredClaims: [String: OneOrMany<String>] = [:]
    package var claimsToHeaders: [String: String] = [:]
    package var refresh = Duration.seconds(600)

    package init() {}

    package static let keys: [Key<JWTIssuerSettings>] = [
        .required("issuer", \.issuer, "what `iss` of its tokens is, exactly", check: Check.nonEmpty),
        .value("name", \.name, "what patches know the entry by", check: Check.nonEmpty),
        .value(
            "audience", \.audience, "of which `aud` must name one; absent: not looked at", aliases: ["audiences"],
            check: Check.nonEmpty),
        .value("jwksUrl", \.jwksUrl, "where its keys are published, as a JWK set (RFC 7517)"),
        .value("caFile", \.caFile, "certificates that `jwksUrl` is trusted by, PEM; absent: those of the system"),
        .value("jwksFile", \.jwksFile, "a file with its JWK set", check: Check.nonEmpty),
        .value("keyFile", \.keyFile, "a file with its public key, or a certificate, in PEM", check: Check.nonEmpty),
        .value(
            "secret", \.secret, "the shared secret, for `algorithms: [HS256]` alone; 32 bytes or more", secret: true,
            check: { secret in
                secret.flatMap { $0.value.utf8.count >= 32 ? nil : "expected at least 32 bytes (RFC 7518 3.2)" }
            }),
        .value(
            "algorithms", \.algorithms, "what its tokens may be signed with",
            check: { $0.isEmpty ? "names no algorithm, so that no token could be valid" : nil }),
        .value(
            "clockSkew", \.clockSkew, "by how much its clock and ours may differ",
            check: Check.range(.zero...(.seconds(600)))),
        .value("nameClaim", \.nameClaim, "the claim that logs call the bearer by", check: Check.nonEmpty),
        .value(
            "tenantClaim", \.tenantClaim,
            "the claim that says whose data it is; absent: each name of each issuer has data of its own",
            check: Check.nonEmpty),
        .value(
            "requiredClaims", \.requiredClaims,
            "claims that must be there, with one of these values each, or, with none given, any"),
        .value(
            "claimsToHeaders", \.claimsToHeaders,
            "claims that the agent gets, each with its field; the same fields from clients are always removed",
            check: { map in map.values.sorted().lazy.compactMap { IdentityField.refusal($0) }.first }),
        .value(
            "refresh", \.refresh, "how often its keys are read anew",
            check: Check.range(.seconds(1)...(.seconds(86_400)))),
    ]

    package static func check(_ value: JWTIssuerSettings, _ node: Node, _ reading: inout Reading) {
        OneOf.check(["jwksUrl", "jwksFile", "keyFile", "secret"], node, &reading)
        let position = node["algorithms"]?.position ?? node.position
        let isShared = value.algorithms.contains(.hs256)
        // a public key must never be taken for a secret that everybody has
        if isShared, value.algorithms != [.hs256] || value.secret == nil {
            reading.under("algorithms") {
                $0.error(
                    position,
                    "HS256 goes with `secret` and no other algorithm; give the other keys an issuer of their own")
            }
        } else if value.secret != nil, !isShared {
            reading.under("algorithms") {
                $0.error(
                    position,
                    "a secret is for HS256 alone; say algorithms: [HS256], or give keys in place of the secret")
            }
        }
        if value.audience.values.isEmpty {
            reading.under("audience") {
                $0.warn(
                    node.position,
                    "is not given: every token of this issuer is taken, whomever it was made for; name the audience")
            }
        }
        let names = value.claimsToHeaders.values.map { $0.lowercased() }
        if Set(names).count < names.count {
            reading.under("claimsToHeaders") {
                $0.error(
                    node["claimsToHeaders"]?.position ?? node.position,
                    "two claims go into one field; give each a field of its own")
            }
        }
    }
}
