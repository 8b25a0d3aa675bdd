internal import Access
internal import Logging
internal import NIOPosix
internal import Settings
internal import Synchronization

/// Verifies JSON Web Tokens, off the loops, and remembers those that were good.
final class JWTVerifier: Sendable {
    typealias Done = @Sendable (Result<Credential, AuthFault>) -> Void

    /// Tokens that are being verified, or wait for keys, at once.
    static let mostUnderWay = 1024

    private let issuers: [String: JWTIssuer]
    private let byNumber: [Int: JWTIssuer]
    private let verified: VerifiedTokens
    private let underWay: Count

    private final class Count: Sendable { let now = Atomic<Int>(0) }

    /// Issuers whose settings are as they were go on as they are.
    init(_ settings: [JWTIssuerSettings], previous: JWTVerifier? = nil) {
        var issuers: [String: JWTIssuer] = [:]
        for one in settings {
            let known = previous?.issuers[one.issuer]
            issuers[one.issuer] = known.flatMap { $0.settings == one ? $0 : nil } ?? JWTIssuer(one)
        }
        self.issuers = issuers
        byNumber = Dictionary(issuers.values.map { ($0.number, $0) }) { first, _ in first }
        verified = previous?.verified ?? VerifiedTokens()
        underWay = previous?.underWay ?? Count()
    }

    var figures: [JWTIssuerFigures] { issuers.values.map(\.figures).sorted { $0.issuer < $1.issuer } }

    /// Whom a token that was verified before names; nil where it must be verified.
    func known(_ digest: SHA256Digest, now: Int64) -> Credential? {
        verified.find(digest, now: now) { byNumber[$0]?.epoch }
    }

    /// Calls back, once, on any thread.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - awaitsKeys: newer keys are waited for where those that there are do not know it.
    func verify(
        _ token: [UInt8], _ digest: SHA256Digest, now: Int64, awaitsKeys: Bool = true, _ done: @escaping Done
    ) {
        let count = underWay.now.wrappingAdd(1, ordering: .relaxed).newValue
        let finish: Done = { [underWay] result in
            underWay.now.wrappingSubtract(1, ordering: .relaxed)
            done(result)
        }
        guard count <= Self.mostUnderWay else {
            return finish(.failure(.unavailable(.jwt, "too many tokens are being verified")))
        }
        attempt(token, digest, now, awaitsKeys: awaitsKeys, finish)
    }

    private func attempt(
        _ token: [UInt8], _ digest: SHA256Digest, _ now: Int64, awaitsKeys: Bool, _ done: @escaping Done
    ) {
        NIOThreadPool.singleton.submit { _ in
            do throws(AuthFault) {
                done(.success(try self.judge(token, digest, now)))
            } catch {
                // newer keys may know it
                guard awaitsKeys, let issuer = self.lacksKeys(error, token) else { return done(.failure(error)) }
                let waits = issuer.wait {
                    self.attempt(token, digest, now, awaitsKeys: false, done)
                }
                if !waits { done(.failure(error)) }
            }
        }
    }

    private func lacksKeys(_ fault: AuthFault, _ token: [UInt8]) -> JWTIssuer? {
        switch fault {
        case .token(.key), .unavailable: (try? JWSToken(token)).flatMap { $0.claims.issuer }.flatMap { issuers[$0] }
        default: nil
        }
    }

    /// All of it, at once. Costs a signature: not on a loop.
    func judge(_ token: [UInt8], _ digest: SHA256Digest, _ now: Int64) throws(AuthFault) -> Credential {
        do throws(JWTFault) {
            let parsed = try JWSToken(token)
            guard let issuer = parsed.claims.issuer.flatMap({ issuers[$0] }) else { throw .issuer }
            guard issuer.settings.algorithms.contains(parsed.algorithm) else { throw .algorithm }
            if let found = try judge(parsed, issuer, digest, now) { return found }
        } catch {
            throw .token(error)
        }
        throw .unavailable(.jwt, "the keys of the token's issuer could not be read yet")
    }

    /// Nil where the issuer's keys have not been read.
    private func judge(
        _ token: JWSToken, _ issuer: JWTIssuer, _ digest: SHA256Digest, _ now: Int64
    ) throws(JWTFault) -> Credential? {
        switch issuer.keys(token.keyID, token.algorithm) {
        case .none: return nil
        case .unsuited: throw .algorithm
        case .unknown: throw .key
        case .some(let keys, let epoch):
            let isSigned = keys.contains { $0.verifies(token.signature, of: token.signed) }
            guard isSigned else { throw .signature }
            let bearer = try issuer.rules.bearer(token.claims, now: now)
            verified.keep(digest, bearer, issuer: issuer.number, epoch: epoch, now: now)
            return bearer.credential
        }
    }

    // MARK: life

    func start(tls: AgentTLS, log: Logger) { for issuer in issuers.values { issuer.start(tls: tls, log: log) } }

    /// Ends the issuers that the next verifier has not taken over.
    func stop(without next: JWTVerifier?) {
        for issuer in issuers.values where next?.byNumber[issuer.number] == nil { issuer.stop() }
    }
}
