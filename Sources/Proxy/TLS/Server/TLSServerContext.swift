internal import Balancer
internal import COpenSSL

/// What connections to some names have in common: the certificates for them, one of each kind of key.
///
/// `Sendable`, because it never changes, and OpenSSL counts its references atomically.
final class TLSServerContext: @unchecked Sendable {
    let pointer: OpaquePointer
    private let certificates: [TLSCertificate]
    private let staples: UnsafeMutablePointer<claw_staple>
    private let list: UnsafeMutablePointer<claw_staples>
    private let stapled: UnsafeMutablePointer<UInt8>

    /// Seconds that a session may be resumed for, during which a certificate is not looked at again.
    static let sessionSeconds = 3600

    /// - Parameter clientCA: PEM, and where it stands.
    init(
        _ certificates: [TLSCertificate], _ options: TLSServerOptions, server: UnsafeMutableRawPointer
    ) throws(TLSFailure) {
        guard let pointer = SSL_CTX_new(TLS_server_method()) else { throw .noMemory }
        self.pointer = pointer
        self.certificates = certificates
        let all = certificates.filter { !$0.staple.isEmpty }
        staples = .allocate(capacity: max(all.count, 1))
        list = .allocate(capacity: 1)
        stapled = .allocate(capacity: max(all.reduce(0) { $0 + $1.staple.count }, 1))
        var at = 0
        for (index, certificate) in all.enumerated() {
            (stapled + at).initialize(from: certificate.staple, count: certificate.staple.count)
            (staples + index).initialize(
                to: claw_staple(
                    certificate: certificate.leaf, bytes: UnsafePointer(stapled + at),
                    count: CInt(certificate.staple.count), until: certificate.stapleUntil))
            at += certificate.staple.count
        }
        list.initialize(to: claw_staples(first: UnsafePointer(staples), count: CInt(all.count)))
        OpenSSLErrors.clear()
        claw_ssl_ctx_serve(pointer)
        SSL_CTX_set_timeout(pointer, Self.sessionSeconds)
        SSL_CTX_set_session_id_context(pointer, "clawproxy", 9)
        _ = claw_ssl_ctx_set_min_version(pointer, options.minVersion == .v13 ? TLS1_3_VERSION : TLS1_2_VERSION)
        if !all.isEmpty { claw_ssl_ctx_staple(pointer, list) }
        SSL_CTX_set_client_hello_cb(pointer, TLSServer.hello, server)
        try speak(options)
        for certificate in certificates {
            guard claw_ssl_ctx_use(pointer, certificate.leaf, certificate.key, certificate.chain) == 1 else {
                let why = OpenSSLErrors.take()?.text ?? "refused"
                throw TLSFiles.unusable(
                    certificate.options.cert, certificate.options.section + "cert", "cannot be used: \(why)")
            }
        }
        try demand(options)
    }

    deinit {
        SSL_CTX_free(pointer)
        staples.deallocate()
        list.deallocate()
        stapled.deallocate()
    }

    private func speak(_ options: TLSServerOptions) throws(TLSFailure) {
        let ciphers = TLSCiphers(options.ciphers)
        let suites = ciphers.suites.isEmpty ? TLSCiphers.usualSuites : ciphers.suites
        guard SSL_CTX_set_cipher_list(pointer, ciphers.list ?? TLSCiphers.usualList) == 1,
            SSL_CTX_set_ciphersuites(pointer, suites) == 1
        else {
            OpenSSLErrors.clear()
            throw TLSFailure(
                .file, "OpenSSL takes none of these ciphers", hint: "correct http.tls.ciphers", key: "ciphers")
        }
    }

    private func demand(_ options: TLSServerOptions) throws(TLSFailure) {
        guard let file = options.clientCA else { return }
        _ = try TLSFiles.read(file, "clientCA")
        guard SSL_CTX_load_verify_file(pointer, file) == 1, let names = SSL_load_client_CA_file(file) else {
            throw TLSFiles.unusable(file, "clientCA", "holds no certificate in PEM")
        }
        SSL_CTX_set_client_CA_list(pointer, names)
        _ = claw_ssl_ctx_trust_partial_chains(pointer)
        claw_ssl_ctx_demand(pointer, options.demand == .required ? 1 : 0)
    }
}
