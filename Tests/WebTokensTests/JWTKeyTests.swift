import Access
import JWTKit
import Settings
import Testing
import WebTokens

/// Of tests: keys made here, their sets, and signatures by jwt-kit, whose verification is what is used.
enum Signed {
    static let text = Array("header.claims".utf8)

    static func by(_ algorithm: some JWTAlgorithm) throws -> [UInt8] { try algorithm.sign(text) }

    static func collection(_ add: (JWTKeyCollection) async throws -> Void) async throws -> any JWTAlgorithm {
        let keys = JWTKeyCollection()
        try await add(keys)
        return try await keys.getKey(for: "k")
    }
}

@Suite("Keys verify what is of their own kind, and nothing else")
struct JWTKeyTests {
    private func keys(_ set: String) throws -> [JWTKey] { try JWTKeyReader.reading.set(Array(set.utf8)) }

    private func ec(_ key: ES256PrivateKey, _ more: String = "") throws -> String {
        let point = try #require(key.publicKey.parameters)
        let (x, y) = (Self.url(point.x), Self.url(point.y))
        return #"{"kty":"EC","crv":"P-256","kid":"k","x":"\#(x)","y":"\#(y)"\#(more)}"#
    }

    /// jwt-kit gives coordinates in plain base64.
    private static func url(_ text: String) -> String {
        String(text.filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    @Test("a signature of the key is verified, one of another key, or changed, is not")
    func signatures() async throws {
        let mine = ES256PrivateKey()
        let key = try #require(try keys("{\"keys\":[\(ec(mine))]}").first)
        #expect(key.id == "k" && key.algorithms == [.es256])
        let verifier = try #require(await key.verifier(.es256))
        var signature = try await Signed.by(Signed.collection { await $0.add(ecdsa: mine, kid: "k") })
        #expect(verifier.verifies(signature, of: Signed.text))
        #expect(!verifier.verifies(signature, of: Signed.text + [0]))
        let other = try await Signed.by(Signed.collection { await $0.add(ecdsa: ES256PrivateKey(), kid: "k") })
        #expect(!verifier.verifies(other, of: Signed.text))
        signature[7] ^= 1
        #expect(!verifier.verifies(signature, of: Signed.text))
        for (byte, count) in [(0, 0), (0, 1), (0, 64), (255, 64), (1, 5000)] as [(UInt8, Int)] {
            #expect(!verifier.verifies(Array(repeating: byte, count: count), of: Signed.text), "\(count) bytes")
        }
    }

    @Test("a public key is never a secret", arguments: JWTAlgorithmName.allCases)
    func confusion(algorithm: JWTAlgorithmName) async throws {
        let key = try #require(try keys("{\"keys\":[\(ec(ES256PrivateKey()))]}").first)
        #expect((await key.verifier(algorithm) == nil) == (algorithm != .es256))
        let secret = try #require(try JWTKeyReader.reading.secret(Array(repeating: 7, count: 32)).first)
        #expect((await secret.verifier(algorithm) == nil) == (algorithm != .hs256))
    }

    @Test("what a key is for is what it serves for")
    func purposes() throws {
        let key = ES256PrivateKey()
        for more in [#","use":"enc""#, #","key_ops":["sign"]"#, #","alg":"RS256""#, #","alg":"none""#, #","alg":7"#] {
            #expect(throws: JWTKeyFault.self, "\(more)") { try keys("{\"keys\":[\(ec(key, more))]}") }
        }
        for more in [#","use":"sig""#, #","key_ops":["verify"]"#, #","alg":"ES256""#] {
            #expect(try keys("{\"keys\":[\(ec(key, more))]}").count == 1, "\(more)")
        }
    }

    @Test(
        "what is no key is left out",
        arguments: [
            #"{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I","alg":"HS256"}"#,
            #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, #"{"kty":"RSA","n":"","e":""}"#, #"{"kty":"RSA"}"#,
            #"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#, #"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#, #"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            #"{"kty":7}"#, #"{}"#, #"7"#, #"null"#,
        ])
    func noKeys(entry: String) throws {
        #expect(throws: JWTKeyFault.self) { try keys("{\"keys\":[\(entry)]}") }
        #expect(try keys("{\"keys\":[\(entry),\(ec(ES256PrivateKey()))]}").count == 1, "the others are no worse for it")
    }

    @Test("what is no set is said", arguments: ["", "[]", "7", "{}", "{\"keys\":{}}", "{\"keys\":[]}", "<html>"])
    func noSet(text: String) { #expect(throws: JWTKeyFault.self) { try keys(text) } }

    @Test("sets are bounded")
    func bounds() throws {
        let entry = try ec(ES256PrivateKey())
        let many = "{\"keys\":[\(Array(repeating: entry, count: 101).joined(separator: ","))]}"
        #expect(throws: JWTKeyFault.self) { try keys(many) }
        #expect(throws: JWTKeyFault.self) { try keys(String(repeating: " ", count: 300_000) + "{\"keys\":[\(entry)]}") }
    }

    @Test("PEM: public keys, and never a private one")
    func pem() async throws {
        let key = ES256PrivateKey()
        let found = try JWTKeyReader.reading.pem(Array(key.publicKey.pemRepresentation.utf8))
        #expect(found.count == 1 && found[0].id == nil && found[0].algorithms == [.es256])
        #expect(throws: JWTKeyFault.self) { try JWTKeyReader.reading.pem(Array(key.pemRepresentation.utf8)) }
        #expect(throws: JWTKeyFault.self) { try JWTKeyReader.reading.pem(Array("-----BEGIN PUBLIC KEY-----".utf8)) }
    }

    @Test("a key is chosen by its name alone; without one, where one alone is of the kind")
    func choices() async throws {
        let (one, other) = (ES256PrivateKey(), ES256PrivateKey())
        let set = await JWTKeySet(
            try keys("{\"keys\":[\(ec(one)),\(ec(other).replacing("\"kid\":\"k\"", with: "\"kid\":\"other\""))]}"), [.es256, .rs256])
        func found(_ id: String?, _ algorithm: JWTAlgorithmName) -> String {
            switch set.choose(id, algorithm) {
            case .some(let keys): "\(keys.count)"
            case .unknown: "unknown"
            case .unsuited: "unsuited"
            }
        }
        #expect(found("k", .es256) == "1" && found("other", .es256) == "1")
        #expect(found("K", .es256) == "unknown" && found("", .es256) == "unknown")
        #expect(found(nil, .es256) == "unknown", "two might be meant")
        #expect(found("k", .rs256) == "unsuited" && found(nil, .rs256) == "unsuited")
        #expect(found("k", .es384) == "unsuited", "the settings do not take it")
    }
}
