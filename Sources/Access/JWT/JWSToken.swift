internal import Settings

/// A JSON Web Token in compact form (RFC 7515 7.1), taken apart. Nothing in it has been verified.
package struct JWSToken: Sendable {
    /// In bytes.
    package static let mostBytes = 8 * 1024
    /// Containers within containers, of header and claims.
    private static let mostDepth = 16
    private static let longestKeyID = 256

    package let algorithm: JWTAlgorithmName
    package let keyID: String?
    /// What the signature is of: header and claims as they came.
    package let signed: [UInt8]
    package let signature: [UInt8]
    package let claims: JWTClaims

    /// Whether it is worth looking at as one: no other bearer token has two dots.
    package static func isLikely(_ token: UnsafeRawBufferPointer) -> Bool {
        var dots = 0
        for byte in token where byte == UInt8(ascii: ".") { dots += 1 }
        return dots >= 2
    }

    package init(_ token: [UInt8]) throws(JWTFault) {
        guard token.count <= Self.mostBytes else { throw .tooLarge }
        let parts = token.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed }
        let header = try Self.object(parts[0])
        // what must be understood is not; `b64` alone would change what is signed (RFC 7797)
        guard header["crit"] == nil, header["b64"] == nil else { throw .critical }
        guard let name = header["alg"]?.string, let algorithm = JWTAlgorithmName(rawValue: name) else {
            throw .algorithm
        }
        var keyID: String?
        if let given = header["kid"] {
            guard let text = given.string, text.utf8.count <= Self.longestKeyID else { throw .malformed }
            keyID = text
        }
        // keys that a token brings itself, or says where to fetch (`jwk`, `jku`, `x5u`, `x5c`), are not looked at
        guard let signature = Base64URL.decode(parts[2]), !signature.isEmpty else { throw .malformed }
        claims = JWTClaims(try Self.object(parts[1]))
        self.algorithm = algorithm
        self.keyID = keyID
        self.signature = signature
        signed = Array(token[..<(parts[2].startIndex - 1)])
    }

    private static func object(_ part: ArraySlice<UInt8>) throws(JWTFault) -> Node {
        guard let bytes = Base64URL.decode(part), bytes.first == UInt8(ascii: "{"), depth(bytes) <= mostDepth else {
            throw .malformed
        }
        // two claims of one name are refused: others may take the other one (RFC 7519 4)
        guard let node = try? JSONReader.read(bytes, source: "token", dialect: .strict), node.members != nil else {
            throw .malformed
        }
        return node
    }

    private static func depth(_ bytes: [UInt8]) -> Int {
        var depth = 0
        var deepest = 0
        // brackets within strings count, too: an upper bound
        for byte in bytes {
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
                deepest = max(deepest, depth)
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                depth -= 1
            }
        }
        return deepest
    }
}
