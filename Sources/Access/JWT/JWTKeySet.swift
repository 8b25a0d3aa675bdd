/// The keys of an issuer, ready to verify with what its settings allow.
package struct JWTKeySet: Sendable {
    package enum Choice {
        case some([SignatureVerifier])
        /// None is called that; newer sets may have it.
        case unknown
        /// There is one of that name, and it does not verify such signatures.
        case unsuited
    }

    private struct Entry: Sendable {
        let id: String?
        let verifiers: [JWTAlgorithmName: SignatureVerifier]
    }

    private let entries: [Entry]
    package let count: Int

    package init(_ keys: [JWTKey], _ algorithms: [JWTAlgorithmName]) async {
        var entries: [Entry] = []
        for key in keys {
            var verifiers: [JWTAlgorithmName: SignatureVerifier] = [:]
            for algorithm in algorithms { verifiers[algorithm] = await key.verifier(algorithm) }
            entries.append(Entry(id: key.id, verifiers: verifiers))
        }
        self.entries = entries
        count = entries.count
    }

    /// Which keys may have signed it. Names are compared and nothing else; a token without one is taken only where one
    /// key alone is of its kind.
    package func choose(_ keyID: String?, _ algorithm: JWTAlgorithmName) -> Choice {
        let suited = { (entries: [Entry]) in entries.compactMap { $0.verifiers[algorithm] } }
        guard let keyID else {
            let all = suited(entries)
            return all.count == 1 ? .some(all) : all.isEmpty ? .unsuited : .unknown
        }
        var named = entries.filter { $0.id == keyID }
        // a file with one key gives it no name
        if named.isEmpty, entries.count == 1, entries[0].id == nil { named = entries }
        guard !named.isEmpty else { return .unknown }
        let all = suited(named)
        return all.isEmpty ? .unsuited : .some(Array(all.prefix(4)))
    }
}
