internal import Synchronization

/// Verifies signatures by one algorithm with one key.
package struct SignatureVerifier: Sendable {
    private let check: @Sendable (_ signature: [UInt8], _ text: [UInt8]) -> Bool

    package init(_ check: @escaping @Sendable ([UInt8], [UInt8]) -> Bool) { self.check = check }

    /// Costs up to a millisecond: not on a loop.
    package func verifies(_ signature: [UInt8], of text: [UInt8]) -> Bool { check(signature, text) }
}

/// A key of an issuer as it was published: its name, and what it may verify.
package struct JWTKey: Sendable {
    package let id: String?
    package let algorithms: [JWTAlgorithmName]
    private let make: @Sendable (JWTAlgorithmName) async -> SignatureVerifier?

    /// - Parameters:
    ///   - algorithms: those of the key's kind, or the one that it is for.
    ///   - make: the verifier by one of them.
    package init(
        id: String?, algorithms: [JWTAlgorithmName],
        _ make: @escaping @Sendable (JWTAlgorithmName) async -> SignatureVerifier?
    ) {
        self.id = id
        self.algorithms = algorithms
        self.make = make
    }

    /// Nil for an algorithm that is not of the key's kind, or not what it is for.
    package func verifier(_ algorithm: JWTAlgorithmName) async -> SignatureVerifier? {
        algorithms.contains(algorithm) ? await make(algorithm) : nil
    }
}

/// Why keys cannot be had.
package struct JWTKeyFault: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// What makes keys of what issuers publish: the module `WebTokens`, which the program brings when it starts.
///
/// It is not imported where it is used: jwt-kit comes with Foundation, beside which the C types of Glibc (`stat`)
/// cannot be told whose they are.
package struct JWTKeyReading: Sendable {
    /// The keys of a JWK set (RFC 7517) that can verify something.
    package var set: @Sendable ([UInt8]) throws(JWTKeyFault) -> [JWTKey]
    /// The one public key, or certificate, of a PEM file.
    package var pem: @Sendable ([UInt8]) throws(JWTKeyFault) -> [JWTKey]
    /// A secret that an issuer and the edge share.
    package var secret: @Sendable ([UInt8]) throws(JWTKeyFault) -> [JWTKey]

    package init(
        set: @escaping @Sendable ([UInt8]) throws(JWTKeyFault) -> [JWTKey],
        pem: @escaping @Sendable ([UInt8]) throws(JWTKeyFault) -> [JWTKey],
        secret: @escaping @Sendable ([UInt8]) throws(JWTKeyFault) -> [JWTKey]
    ) {
        self.set = set
        self.pem = pem
        self.secret = secret
    }

    private static let brought = Mutex<JWTKeyReading?>(nil)

    /// Once, before settings are read.
    package func install() { Self.brought.withLock { $0 = self } }

    package static var installed: JWTKeyReading {
        get throws(JWTKeyFault) {
            guard let known = brought.withLock({ $0 }) else {
                throw JWTKeyFault("this program was built without the verification of tokens")
            }
            return known
        }
    }
}
