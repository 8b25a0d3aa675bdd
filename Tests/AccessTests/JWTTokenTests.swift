import Access
import Settings
import Testing

/// base64url without padding, for tests.
func base64url(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var text: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
        bits = bits << 8 | UInt32(byte)
        count += 8
        while count >= 6 {
            count -= 6
            text.append(digits[Int(bits >> UInt32(count) & 63)])
        }
        bits &= (1 << UInt32(count)) - 1
    }
    if count > 0 { text.append(digits[Int(bits << UInt32(6 - count) & 63)]) }
    return String(decoding: text, as: UTF8.self)
}

private func token(_ header: String, _ claims: String, signature: String = "c2ln") -> [UInt8] {
    Array("\(base64url(header.utf8)).\(base64url(claims.utf8)).\(signature)".utf8)
}

private func fault(_ token: [UInt8]) -> JWTFault? {
    do throws(JWTFault) {
        _ = try JWSToken(token)
        return nil
    } catch {
        return error
    }
}

@Suite("A token is taken apart strictly: one spelling, no surprises in its header")
struct JWTTokenTests {
    @Test("base64url is read back, and nothing else than it", arguments: 0..<20)
    func base64(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 201) }
        #expect(Base64URL.decode(base64url(bytes).utf8) == bytes)
    }

    @Test(
        "padding, the other alphabet, blanks and bits left over are refused",
        arguments: ["QQ==", "+/8", "Q Q", "QR", "Q", "QUI\n", "QUJDR", "é"])
    func notBase64(text: String) { #expect(Base64URL.decode(text.utf8) == nil) }

    @Test("header, claims and what is signed")
    func whole() throws {
        let text = token(#"{"alg":"ES256","kid":"one","typ":"JWT"}"#, #"{"iss":"i","a":{"b":[1,true,"x"]}}"#)
        let parsed = try JWSToken(text)
        #expect(parsed.algorithm == .es256 && parsed.keyID == "one" && parsed.signature == Array("sig".utf8))
        #expect(text.starts(with: parsed.signed) && text.count == parsed.signed.count + 5)
        #expect(parsed.claims.issuer == "i" && parsed.claims.texts("a.b") == ["1", "true", "x"])
        #expect(parsed.claims["a.c"] == nil && parsed.claims.text("a") == nil)
    }

    @Test(
        "what is no compact token is malformed",
        arguments: [
            "", ".", "..", "a.b", "e30.e30.c2ln.c2ln", "e30.e30.", "W10.e30.c2ln", "bnVsbA.e30.c2ln", "=.e30.c2ln", "e30..c2ln",
        ])
    func malformed(text: String) {
        let found = fault(Array(text.utf8))
        #expect(found == .malformed || found == .algorithm, "\(text)")
    }

    @Test(
        "no algorithm but those of the list is known, in its own spelling",
        arguments: ["none", "None", "NONE", "", "rs256", "HS512", "RS256 ", "ES256K"])
    func algorithms(name: String) { #expect(fault(token(#"{"alg":"\#(name)"}"#, "{}")) == .algorithm) }

    @Test("an algorithm that is no text, or is not there", arguments: [#"{}"#, #"{"alg":null}"#, #"{"alg":["RS256"]}"#, #"{"alg":7}"#])
    func noAlgorithm(header: String) { #expect(fault(token(header, "{}")) == .algorithm) }

    @Test("what must be understood is not", arguments: [#""crit":["exp"]"#, #""crit":[]"#, #""b64":false"#, #""b64":true"#, #""crit":null"#])
    func critical(field: String) { #expect(fault(token("{\"alg\":\"RS256\",\(field)}", "{}")) == .critical) }

    @Test("a thing said twice is refused, in the header and in the claims")
    func twice() {
        #expect(fault(token(#"{"alg":"RS256","alg":"none"}"#, "{}")) == .malformed)
        #expect(fault(token(#"{"alg":"RS256"}"#, #"{"sub":"a","sub":"b"}"#)) == .malformed)
        #expect(fault(token(#"{"alg":"RS256"}"#, #"{"sub":"a","su\u0062":"b"}"#)) == .malformed, "however it is spelt")
    }

    @Test("names of keys are text of a bounded length")
    func keyIDs() {
        #expect(fault(token(#"{"alg":"RS256","kid":7}"#, "{}")) == .malformed)
        #expect(fault(token(#"{"alg":"RS256","kid":"\#(String(repeating: "k", count: 257))"}"#, "{}")) == .malformed)
        #expect(fault(token(#"{"alg":"RS256","kid":"\#(String(repeating: "k", count: 256))"}"#, "{}")) == nil)
    }

    @Test("size and depth are bounded")
    func bounds() {
        #expect(fault(Array(repeating: UInt8(ascii: "a"), count: JWSToken.mostBytes + 1)) == .tooLarge)
        let deep = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
        #expect(fault(token(#"{"alg":"RS256"}"#, "{\"a\":\(deep)}")) == .malformed)
        #expect(fault(token(#"{"alg":"RS256"}"#, "{\"a\":[[[[1]]]]}")) == nil)
    }

    @Test("keys that a token brings itself are not looked at")
    func ownKeys() throws {
        let header = #"{"alg":"RS256","jwk":{"kty":"oct","k":"AA"},"jku":"https://evil.test/","x5u":"https://evil.test/"}"#
        #expect(try JWSToken(token(header, "{}")).keyID == nil)
    }

    @Test("any bytes at all end in a fault or a token")
    func anyBytes() {
        var generator = SystemRandomNumberGenerator()
        let good = token(#"{"alg":"ES256","kid":"one"}"#, #"{"iss":"i","exp":1e9,"aud":["a"]}"#)
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
                case 1 where bytes.count > 1: bytes.remove(at: at)
                default: bytes.insert(UInt8.random(in: 32...126, using: &generator), at: at)
                }
            }
            if let parsed = try? JWSToken(bytes) { #expect(!parsed.signature.isEmpty) }
        }
    }
}
