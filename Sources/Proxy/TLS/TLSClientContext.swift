internal import COpenSSL
internal import Balancer
internal import Glibc
internal import Settings
internal import Synchronization

/// What connections of a client of TLS have in common: whom they trust, what they show, and sessions to resume.
///
/// Made by reading files: not on a loop. `Sendable`, because OpenSSL counts its references atomically, and what is
/// changed after it was made is behind a lock.
package final class TLSClientContext: @unchecked Sendable {
    package let options: TLSClientOptions
    let pointer: OpaquePointer
    private let sessions = Mutex(TLSSessionCache())

    /// Seconds that a session may be resumed for, during which a certificate is not looked at again.
    private static let sessionSeconds = 3600

    package init(_ options: TLSClientOptions) throws(TLSFailure) {
        guard let pointer = SSL_CTX_new(TLS_client_method()) else { throw .noMemory }
        self.options = options
        self.pointer = pointer
        OpenSSLErrors.clear()
        claw_ssl_ctx_set_modes(pointer)
        claw_ssl_ctx_collect_sessions(pointer)
        SSL_CTX_set_timeout(pointer, Self.sessionSeconds)
        _ = claw_ssl_ctx_set_min_version(pointer, options.minVersion == .v13 ? TLS1_3_VERSION : TLS1_2_VERSION)
        let protocols = options.protocols.flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + Array($0.utf8) }
        if !protocols.isEmpty { SSL_CTX_set_alpn_protos(pointer, protocols, UInt32(protocols.count)) }
        try trust()
        try identify()
    }

    deinit { SSL_CTX_free(pointer) }

    // MARK: files

    private func trust() throws(TLSFailure) {
        guard options.verify else { return }
        claw_ssl_ctx_verify(pointer)
        guard let file = options.caFile else {
            guard SSL_CTX_set_default_verify_paths(pointer) == 1 else {
                throw unusable("caFile", "the certificates that the system trusts", "cannot be read")
            }
            return
        }
        try look(at: file, "caFile")
        guard SSL_CTX_load_verify_file(pointer, file) == 1 else {
            throw unusable("caFile", file, "holds no certificate in PEM")
        }
        _ = claw_ssl_ctx_trust_partial_chains(pointer)
    }

    private func identify() throws(TLSFailure) {
        guard let file = options.certFile else {
            guard let key = options.keyFile else { return }
            throw unusable("keyFile", key, "belongs to no certificate: \(options.section).certFile is not set")
        }
        let key = options.keyFile ?? file
        try look(at: file, "certFile")
        try look(at: key, "keyFile")
        guard SSL_CTX_use_certificate_chain_file(pointer, file) == 1 else {
            throw unusable("certFile", file, "holds no certificate in PEM")
        }
        claw_ssl_ctx_refuse_passphrases(pointer)
        guard SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
            let error = OpenSSLErrors.take()
            let isOther = error?.library == ERR_LIB_X509
            throw unusable(
                options.keyFile == nil ? "certFile" : "keyFile", key,
                isOther
                    ? "is not the key of the certificate in \(file)"
                    : "holds no private key in PEM without a passphrase")
        }
    }

    private func look(at file: String, _ key: String) throws(TLSFailure) {
        guard access(file, R_OK) == 0 else {
            throw unusable(key, file, "cannot be read: \(String(cString: strerror(errno)).lowercased())")
        }
    }

    private func unusable(_ key: String, _ file: String, _ what: String) -> TLSFailure {
        OpenSSLErrors.clear()
        return TLSFailure(
            .file, "\(file) \(what)", hint: "put the right file there, or correct \(options.section).\(key)", key: key)
    }

    // MARK: sessions

    /// A session to resume with that peer; whoever takes it frees it.
    func takeSession(_ peer: String) -> TLSTicket? { sessions.withLock { $0.take(peer) } }

    /// Takes over a session, to free it some day.
    func keepSession(_ session: TLSTicket, _ peer: String) { sessions.withLock { $0.keep(session, peer) } }
}
