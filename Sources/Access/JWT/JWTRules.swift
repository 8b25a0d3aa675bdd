internal import Settings

/// What tokens of one issuer must say, and what is made of it.
package struct JWTRules: Sendable, Equatable {
    /// Whom a token names, until when.
    package struct Bearer: Sendable, Equatable {
        package var credential: Credential
        /// Milliseconds since 1970, clock skew included.
        package var until: Int64
    }

    private static let longestName = 256

    package let issuer: String
    private let audiences: Set<String>
    /// Milliseconds.
    private let skew: Int64
    private let nameClaim: String
    private let tenantClaim: String?
    private let required: [(claim: String, values: [String])]
    private let fields: [(claim: String, name: String)]
    private let settings: JWTIssuerSettings

    package init(_ settings: JWTIssuerSettings) {
        self.settings = settings
        issuer = settings.issuer
        audiences = Set(settings.audience.values)
        skew = settings.clockSkew.nanoseconds / 1_000_000
        nameClaim = settings.nameClaim
        tenantClaim = settings.tenantClaim
        required = settings.requiredClaims.sorted { $0.key < $1.key }.map { ($0.key, $0.value.values) }
        fields = settings.claimsToHeaders.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    package static func == (one: JWTRules, other: JWTRules) -> Bool { one.settings == other.settings }

    /// - Parameter now: milliseconds since 1970.
    package func bearer(_ claims: JWTClaims, now: Int64) throws(JWTFault) -> Bearer {
        guard claims.issuer == issuer else { throw .issuer }
        let until = try times(claims, now)
        if !audiences.isEmpty {
            guard let given = claims.texts("aud") else { throw .audience }
            guard given.contains(where: audiences.contains) else { throw .audience }
        }
        guard let name = claims.text(nameClaim), isName(name) else { throw .claims }
        // a name is one for its issuer alone: two of them may know an `admin`
        var tenant = "jwt:\(issuer)#\(name)"
        if let tenantClaim {
            guard let given = claims.text(tenantClaim), isName(given) else { throw .claims }
            tenant = given
        }
        let lines = try lines(claims)
        for (claim, values) in required where !meets(claims, claim, values) { throw .lacking }
        return Bearer(credential: Credential(name: name, tenant: tenant, kind: .jwt, lines: lines), until: until)
    }

    /// `exp`, which there must be, `nbf` and `iat`.
    private func times(_ claims: JWTClaims, _ now: Int64) throws(JWTFault) -> Int64 {
        guard case .some(.some(let expiry)) = claims.time("exp") else { throw .claims }
        guard now < expiry + skew else { throw .expired }
        for name in ["nbf", "iat"] {
            switch claims.time(name) {
            case .none: continue
            case .some(.none): throw .claims
            case .some(.some(let time)): if time > now + skew { throw .early }
            }
        }
        return expiry + skew
    }

    private func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= Self.longestName && IdentityField.isValue(text)
    }

    private func meets(_ claims: JWTClaims, _ claim: String, _ values: [String]) -> Bool {
        guard claims[claim] != nil else { return false }
        if values.isEmpty { return true }
        guard var given = claims.texts(claim) else { return false }
        // scopes are words in one string (RFC 8693 4.2)
        if claim == "scope", given.count == 1 { given = given[0].split(separator: " ").map(String.init) }
        return values.contains(where: given.contains)
    }

    /// What the agent gets. A claim that is absent, or an object, has no field; one that would break out of its line
    /// lets nobody in.
    private func lines(_ claims: JWTClaims) throws(JWTFault) -> [UInt8] {
        var lines: [UInt8] = []
        for (claim, name) in fields {
            guard let texts = claims.texts(claim), !texts.isEmpty else { continue }
            let value = texts.joined(separator: ",")
            guard IdentityField.isValue(value) else { throw .claims }
            lines += name.utf8
            lines += ": ".utf8
            lines += value.utf8
            lines += "\r\n".utf8
        }
        return lines
    }
}
