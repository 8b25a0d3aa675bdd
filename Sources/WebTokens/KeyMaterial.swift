internal import Access
internal import JWTKit

/// The material of a key: public keys of five kinds, and a secret. The types keep them apart: no key verifies what is
/// of another kind.
enum KeyMaterial: Sendable {
    case rsa(Insecure.RSA.PublicKey)
    case p256(ES256PublicKey)
    case p384(ES384PublicKey)
    case p521(ES512PublicKey)
    case ed25519(EdDSA.PublicKey)
    case secret([UInt8])

    private var algorithms: [JWTAlgorithmName] {
        switch self {
        case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
        case .p256: [.es256]
        case .p384: [.es384]
        case .p521: [.es512]
        case .ed25519: [.edDSA]
        case .secret: [.hs256]
        }
    }

    /// - Parameter algorithm: the one that the key is for, where that was said.
    func key(id: String? = nil, only algorithm: JWTAlgorithmName? = nil) -> JWTKey {
        let mine = algorithms.filter { algorithm == nil || $0 == algorithm }
        return JWTKey(id: id, algorithms: mine) { name in
            guard mine.contains(name), let algorithm = await self.algorithm(name) else { return nil }
            return SignatureVerifier { (try? algorithm.verify($0, signs: $1)) == true }
        }
    }

    /// jwt-kit's own. Its collection, an actor, is only the way to make one: it would fall back to another key where
    /// one is not known.
    private func algorithm(_ name: JWTAlgorithmName) async -> (any JWTAlgorithm)? {
        let collection = JWTKeyCollection()
        let kid: JWKIdentifier = "key"
        switch (self, name) {
        case (.rsa(let key), .rs256): await collection.add(rsa: key, digestAlgorithm: .sha256, kid: kid)
        case (.rsa(let key), .rs384): await collection.add(rsa: key, digestAlgorithm: .sha384, kid: kid)
        case (.rsa(let key), .rs512): await collection.add(rsa: key, digestAlgorithm: .sha512, kid: kid)
        case (.rsa(let key), .ps256): await collection.add(pss: key, digestAlgorithm: .sha256, kid: kid)
        case (.rsa(let key), .ps384): await collection.add(pss: key, digestAlgorithm: .sha384, kid: kid)
        case (.rsa(let key), .ps512): await collection.add(pss: key, digestAlgorithm: .sha512, kid: kid)
        case (.p256(let key), .es256): await collection.add(ecdsa: key, kid: kid)
        case (.p384(let key), .es384): await collection.add(ecdsa: key, kid: kid)
        case (.p521(let key), .es512): await collection.add(ecdsa: key, kid: kid)
        case (.ed25519(let key), .edDSA): await collection.add(eddsa: key, kid: kid)
        case (.secret(let bytes), .hs256):
            await collection.add(hmac: HMACKey(from: bytes), digestAlgorithm: .sha256, kid: kid)
        default: return nil
        }
        return try? await collection.getKey(for: kid)
    }
}
