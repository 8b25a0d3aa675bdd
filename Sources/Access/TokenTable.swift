import COpenSSL
internal import Settings

/// What a request's `Authorization` field amounts to.
package enum Admission: Sendable, Equatable {
    case admitted(Credential)
    case refused(Challenge)
}

/// The configured tokens, as digests. Immutable: a new configuration makes a new table.
///
/// A presented token is hashed and its digest compared with every entry in constant time, so that neither which entry
/// matched nor how far one did shows in the time that the answer takes.
package final class TokenTable: Sendable {
    private let credentials: [Credential]
    /// All digests one after the other, `SHA256Digest.byteCount` bytes each.
    private let digests: [UInt8]

    package convenience init(_ settings: AuthSettings) {
        self.init(.token, settings.tokens.map { ($0.name, $0.tenant, $0.digest) })
    }

    /// The same for keys, which are looked up by `credential(bearer:)` alone.
    package convenience init(keys settings: AuthSettings) {
        self.init(.apiKey, settings.apiKeys.map { ($0.name, $0.tenant, $0.digest) })
    }

    private init(_ kind: AuthKinds, _ entries: [(name: String, tenant: String?, digest: SHA256Digest?)]) {
        var credentials: [Credential] = []
        var digests: [UInt8] = []
        for (index, entry) in entries.enumerated() {
            guard let digest = entry.digest else { continue }
            credentials.append(
                Credential(name: entry.name, tenant: entry.tenant ?? entry.name, kind: kind, index: index))
            digests += digest.bytes
        }
        self.credentials = credentials
        self.digests = digests
    }

    /// Without an entry every request is refused.
    package var isEmpty: Bool { credentials.isEmpty }

    /// Judges the value of the `Authorization` field; nil where the request has none.
    package func admit(authorization value: UnsafeRawBufferPointer?) -> Admission {
        guard let value, let token = BearerToken.parse(value) else {
            // Another scheme is no credential here (RFC 6750 section 3): the bare challenge says what is wanted.
            return .refused(.missing)
        }
        guard let credential = credential(bearer: token) else { return .refused(.invalid) }
        return .admitted(credential)
    }

    /// Whose token this is; nil where it is nobody's.
    package func credential(bearer token: UnsafeRawBufferPointer) -> Credential? {
        guard !token.isEmpty else { return nil }
        let size = SHA256Digest.byteCount
        return withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { presented -> Credential? in
            guard SHA256Digest.hash(token, into: presented), let given = presented.baseAddress else { return nil }
            var found = -1
            digests.withUnsafeBytes { digests in
                guard let known = digests.baseAddress else { return }
                for index in credentials.indices {
                    // 1 where all bytes agree, without a branch on it.
                    let differs = CRYPTO_memcmp(known + index * size, given, size)
                    let agrees = 1 - Int(truncatingIfNeeded: UInt32(bitPattern: differs | -differs) >> 31)
                    found = found & ~(-agrees) | index & -agrees
                }
            }
            return found < 0 ? nil : credentials[found]
        }
    }
}
