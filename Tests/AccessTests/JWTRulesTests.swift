import Access
import Settings
import Testing

/// What tokens of an issuer must say. All of it has been verified by then.
@Suite("Claims let in whom the settings want, for as long as they say")
struct JWTRulesTests {
    /// 2001-09-09, in milliseconds.
    private static let now: Int64 = 1_000_000_000_000
    private static let good = #""iss":"i","sub":"ada","aud":"g","exp":1000000600"#

    private func rules(_ more: String = "") throws -> JWTRules {
        let (settings, problems) = try decoded(
            JWTIssuerSettings.self, "{issuer: \"i\", audience: \"g\", jwksFile: \"f\", \(more)}")
        #expect(problems.isEmpty, "\(problems)")
        return JWTRules(settings)
    }

    private func claims(_ text: String) throws -> JWTClaims {
        JWTClaims(try JSONReader.read(Array("{\(text)}".utf8), source: "claims", dialect: .strict))
    }

    private func fault(_ text: String, _ more: String = "") throws -> JWTFault? {
        let (rules, claims) = (try rules(more), try claims(text))
        do throws(JWTFault) {
            _ = try rules.bearer(claims, now: Self.now)
            return nil
        } catch {
            return error
        }
    }

    @Test("name, tenant and time")
    func bearer() throws {
        let found = try rules().bearer(claims(Self.good), now: Self.now)
        #expect(found.credential.name == "ada" && found.credential.tenant == "jwt:i#ada" && found.credential.kind == .jwt)
        #expect(found.until == Self.now + 660_000, "with a minute for the clocks")
        let own = try rules("tenantClaim: \"org.id\", nameClaim: \"email\"")
            .bearer(claims(Self.good + #","org":{"id":7},"email":"a@b""#), now: Self.now)
        #expect(own.credential.name == "a@b" && own.credential.tenant == "7")
    }

    @Test(
        "times",
        arguments: [
            (#""iss":"i","sub":"a","aud":"g""#, JWTFault.claims), (#""iss":"i","sub":"a","aud":"g","exp":999999940"#, .expired),
            (#""iss":"i","sub":"a","aud":"g","exp":999999940.001"#, nil), (#""iss":"i","sub":"a","aud":"g","exp":"1000000600""#, .claims),
            (#""iss":"i","sub":"a","aud":"g","exp":-1"#, .claims), (#""iss":"i","sub":"a","aud":"g","exp":1e300"#, .claims),
            (#""iss":"i","sub":"a","aud":"g","exp":99999999999"#, nil), (#""iss":"i","sub":"a","aud":"g","exp":null"#, .claims),
            (good + #","nbf":1000000060"#, nil), (good + #","nbf":1000000061"#, .early), (good + #","iat":1000000061"#, .early),
            (good + #","nbf":true"#, .claims), (good + #","iat":0"#, nil),
        ] as [(String, JWTFault?)])
    func times(text: String, wanted: JWTFault?) throws { #expect(try fault(text) == wanted, "\(text)") }

    @Test(
        "issuer, audience and name",
        arguments: [
            (#""iss":"I","sub":"a","aud":"g","exp":1000000600"#, JWTFault.issuer), (#""sub":"a","aud":"g","exp":1000000600"#, .issuer),
            (#""iss":"i","sub":"a","exp":1000000600"#, .audience), (#""iss":"i","sub":"a","aud":"G","exp":1000000600"#, .audience),
            (#""iss":"i","sub":"a","aud":[],"exp":1000000600"#, .audience), (#""iss":"i","sub":"a","aud":["x","g"],"exp":1000000600"#, nil),
            (#""iss":"i","sub":"a","aud":["g",{}],"exp":1000000600"#, .audience), (#""iss":"i","aud":"g","exp":1000000600"#, .claims),
            (#""iss":"i","sub":"","aud":"g","exp":1000000600"#, .claims), (#""iss":"i","sub":["a"],"aud":"g","exp":1000000600"#, .claims),
            (#""iss":"i","sub":"a\r\nX-Admin: 1","aud":"g","exp":1000000600"#, .claims), (#""iss":"i","sub":"a\u0000","aud":"g","exp":1000000600"#, .claims),
        ] as [(String, JWTFault?)])
    func names(text: String, wanted: JWTFault?) throws { #expect(try fault(text) == wanted, "\(text)") }

    @Test("no other name than that of the tenant's claim is a tenant")
    func tenant() throws {
        #expect(try fault(Self.good, "tenantClaim: \"org\"") == .claims)
        #expect(try fault(Self.good + #","org":{}"#, "tenantClaim: \"org\"") == .claims)
    }

    @Test(
        "required claims: any of the values, words of a scope, members of lists",
        arguments: [
            (#""scope":"read write""#, true), (#""scope":["write"]"#, true), (#""scope":"writer""#, false), (#""scope":"""#, false),
            (#""scope":["read write"]"#, true), (#""scope":{"write":1}"#, false), (#""other":"write""#, false),
        ])
    func required(claim: String, isMet: Bool) throws {
        #expect(try fault("\(Self.good),\(claim)", "requiredClaims: {scope: \"write\"}") == (isMet ? nil : .lacking), "\(claim)")
    }

    @Test("a required claim without values must be there; null is not there")
    func present() throws {
        #expect(try fault(Self.good + #","org":{}"#, "requiredClaims: {org: []}") == nil)
        #expect(try fault(Self.good + #","org":null"#, "requiredClaims: {org: []}") == .lacking)
    }

    @Test("claims become fields of one line each, or nobody comes in")
    func fields() throws {
        let more = "claimsToHeaders: {sub: \"X-User\", \"realm.roles\": \"X-Roles\", gone: \"X-Gone\", object: \"X-Object\"}"
        let found = try rules(more).bearer(
            claims(Self.good + #","realm":{"roles":["a","b"]},"object":{"a":1}"#), now: Self.now)
        #expect(String(decoding: found.credential.lines, as: UTF8.self) == "X-Roles: a,b\r\nX-User: ada\r\n")
        #expect(try fault(Self.good + #","gone":"a\nX-Admin: 1""#, more) == .claims)
        #expect(try fault(Self.good + #","gone":["a","\u007f"]"#, more) == .claims)
    }
}

@Suite("Bearers of one name are told apart by how they are known, and by their tenants")
struct CredentialTests {
    @Test("no two of them count as one")
    func bearers() {
        let all = [
            Credential(name: "a", tenant: "t", kind: .token), Credential(name: "a", tenant: "t", kind: .jwt),
            Credential(name: "a", tenant: "u", kind: .jwt), Credential(name: "b", tenant: "t", kind: .jwt),
            Credential(name: "", tenant: "tb", kind: .jwt), Credential(name: "a", tenant: "", kind: .jwt),
        ]
        #expect(Set(all.map(\.bearer)).count == all.count)
    }
}
