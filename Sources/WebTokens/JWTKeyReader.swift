package import Access
internal import JWTKit
internal import Settings

/// Keys as they are published: JWK sets (RFC 7517) and PEM.
package enum JWTKeyReader {
    /// Bytes of a set, and keys in it.
    static let mostBytes = 256 * 1024
    static let mostKeys = 100
    /// Bytes of an RSA modulus and exponent: a larger key costs more to verify with than its owner should ask for.
    private static let modulusBytes = 256...1024
    private static let exponentBytes = 1...4

    /// For `JWTKeyReading`, whose users do not know of this module.
    package static let reading = JWTKeyReading(set: set, pem: pem, secret: secret)

    static func secret(_ bytes: [UInt8]) throws(JWTKeyFault) -> [JWTKey] {
        // jwt-kit takes shorter ones for a mistake of the program's
        guard bytes.count >= 32 else { throw JWTKeyFault("the secret has fewer than 32 bytes") }
        return [KeyMaterial.secret(bytes).key()]
    }

    // MARK: JWK sets

    /// The keys of a set that can verify something. Others, for encryption and of kinds that are not known here, are
    /// left out; one that is broken makes the others no worse.
    static func set(_ bytes: [UInt8]) throws(JWTKeyFault) -> [JWTKey] {
        guard bytes.count <= mostBytes else {
            throw JWTKeyFault("is larger than \(mostBytes) bytes")
        }
        let node: Node
        do throws(SyntaxError) {
            node = try JSONReader.read(bytes, source: "JWK set", dialect: .strict)
        } catch {
            throw JWTKeyFault("is no JSON")
        }
        guard let entries = node["keys"]?.elements else { throw JWTKeyFault("has no list `keys`: it is no JWK set") }
        guard entries.count <= mostKeys else { throw JWTKeyFault("has more than \(mostKeys) keys") }
        var keys: [JWTKey] = []
        for entry in entries { if let key = key(entry) { keys.append(key) } }
        guard !keys.isEmpty else {
            throw JWTKeyFault(
                "has no public key of RSA (2048 bits or more), P-256, P-384, P-521 or Ed25519 for signatures")
        }
        return keys
    }

    private static func key(_ node: Node) -> JWTKey? {
        if let use = node["use"]?.string, use != "sig" { return nil }
        if let operations = node["key_ops"]?.elements, !operations.contains(where: { $0.string == "verify" }) {
            return nil
        }
        var only: JWTAlgorithmName?
        if let given = node["alg"] {
            guard let name = given.string, let known = JWTAlgorithmName(rawValue: name) else { return nil }
            only = known
        }
        guard let material = material(node) else { return nil }
        let key = material.key(id: node["kid"]?.string, only: only)
        return key.algorithms.isEmpty ? nil : key
    }

    /// Never a symmetric key (`oct`): what is published is no secret.
    private static func material(_ node: Node) -> KeyMaterial? {
        switch node["kty"]?.string {
        case "RSA":
            guard let modulus = node["n"]?.string, let exponent = node["e"]?.string,
                let size = Base64URL.decode(modulus.utf8)?.drop(while: { $0 == 0 }).count,
                modulusBytes.contains(size), let power = Base64URL.decode(exponent.utf8),
                exponentBytes.contains(power.count),
                power.last.map({ $0 & 1 == 1 && (power.count > 1 || $0 > 1) }) == true
            else { return nil }
            return (try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)).map { .rsa($0) }
        case "EC":
            guard let x = node["x"]?.string, let y = node["y"]?.string, Base64URL.decode(x.utf8) != nil,
                Base64URL.decode(y.utf8) != nil
            else { return nil }
            switch node["crv"]?.string {
            case "P-256": return (try? ES256PublicKey(parameters: (x, y))).map { .p256($0) }
            case "P-384": return (try? ES384PublicKey(parameters: (x, y))).map { .p384($0) }
            case "P-521": return (try? ES512PublicKey(parameters: (x, y))).map { .p521($0) }
            default: return nil
            }
        case "OKP":
            guard node["crv"]?.string == "Ed25519", let x = node["x"]?.string,
                Base64URL.decode(x.utf8)?.count == 32
            else { return nil }
            return (try? EdDSA.PublicKey(x: x, curve: .ed25519)).map { .ed25519($0) }
        default: return nil
        }
    }

    // MARK: PEM

    /// The one public key, or certificate, of a PEM file. It has no name: every `kid` is its.
    static func pem(_ bytes: [UInt8]) throws(JWTKeyFault) -> [JWTKey] {
        guard bytes.count <= mostBytes else { throw JWTKeyFault("is larger than \(mostBytes) bytes") }
        let text = String(decoding: bytes, as: UTF8.self)
        guard !text.contains("PRIVATE KEY-----") else {
            throw JWTKeyFault("holds a private key; take that away, and give the public key")
        }
        guard let material = text.contains("-----BEGIN CERTIFICATE-----") ? certificate(text) : publicKey(text) else {
            throw JWTKeyFault("holds no public key of RSA (2048 bits or more), P-256, P-384, P-521 or Ed25519 in PEM")
        }
        return [material.key()]
    }

    private static func publicKey(_ text: String) -> KeyMaterial? {
        if let key = try? Insecure.RSA.PublicKey(pem: text) { return bounded(key) }
        if let key = try? ES256PublicKey(pem: text) { return .p256(key) }
        if let key = try? ES384PublicKey(pem: text) { return .p384(key) }
        if let key = try? ES512PublicKey(pem: text) { return .p521(key) }
        if let key = try? EdDSA.PublicKey(pem: text) { return .ed25519(key) }
        return nil
    }

    private static func certificate(_ text: String) -> KeyMaterial? {
        if let key = try? Insecure.RSA.PublicKey(certificatePEM: text) { return bounded(key) }
        if let key = try? ES256PublicKey(certificate: text) { return .p256(key) }
        if let key = try? ES384PublicKey(certificate: text) { return .p384(key) }
        if let key = try? ES512PublicKey(certificate: text) { return .p521(key) }
        return nil
    }

    private static func bounded(_ key: Insecure.RSA.PublicKey) -> KeyMaterial? {
        guard let size = try? key.getKeyPrimitives().modulus.count, modulusBytes.contains(size) else { return nil }
        return .rsa(key)
    }
}
