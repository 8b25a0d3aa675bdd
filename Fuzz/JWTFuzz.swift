internal import Access
internal import Settings

/// The entry of libFuzzer: a token as it comes (first byte even), or the claims of one, in JSON, against rules.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJWT(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let data, size > 1 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 1, count: size - 1))
    if data[0] & 1 == 0 {
        _ = bytes.withUnsafeBytes(JWSToken.isLikely)
        guard let token = try? JWSToken(bytes) else { return 0 }
        precondition(!token.signature.isEmpty && bytes.starts(with: token.signed), "what is signed is what came")
        judge(token.claims)
    } else if let node = try? JSONReader.read(bytes, source: "token", dialect: .strict) {
        judge(JWTClaims(node))
    }
    return 0
}

private let rules: JWTRules = {
    var settings = JWTIssuerSettings()
    settings.issuer = "i"
    settings.requiredClaims = ["scope": ["read"], "a.b": []]
    settings.claimsToHeaders = ["email": "x-email"]
    return JWTRules(settings)
}()

/// What would let a token's bearer break out of a field line lets nobody in.
private func judge(_ claims: JWTClaims) {
    guard let bearer = try? rules.bearer(claims, now: 1_000_000_000_000) else { return }
    precondition(claims.issuer == "i" && claims["scope"] != nil && claims["a.b"] != nil, "the rules hold")
    let lines = bearer.credential.lines
    precondition(lines.filter { $0 == UInt8(ascii: "\n") }.count <= 1 && !lines.contains(0), "one field is one line")
}
