internal import COpenSSL
internal import Settings

/// A certificate with its key, its chain and what is stapled to it, read from files once.
///
/// `Sendable`, because it never changes, and OpenSSL counts its references atomically.
final class TLSCertificate: @unchecked Sendable {
    let options: TLSServerOptions.Certificate
    let leaf: OpaquePointer
    let key: OpaquePointer
    let chain: OpaquePointer?
    /// An OCSP response in DER; until when it holds, in Unix seconds (0: for good).
    let staple: [UInt8]
    let stapleUntil: Int
    /// `RSA`, `ECDSA` or `Ed25519`: a client takes one of the kinds that it knows.
    let kind: String
    /// Host names in lower case; `*.` first stands for one label.
    let names: [String]
    let subject: String
    /// Unix seconds.
    let notAfter: Int

    init(_ options: TLSServerOptions.Certificate) throws(TLSFailure) {
        self.options = options
        let text = try TLSFiles.read(options.cert, options.section + "cert")
        let bio = try Self.memory(text)
        defer { BIO_free(bio) }
        var rest: OpaquePointer?
        guard let found = claw_pem_certificates(bio, &rest) else {
            throw TLSFiles.unusable(options.cert, options.section + "cert", "holds no certificate in PEM")
        }
        leaf = found
        chain = rest
        do throws(TLSFailure) {
            key = try Self.readKey(options)
            guard X509_check_private_key(found, key) == 1 else {
                EVP_PKEY_free(key)
                throw TLSFiles.unusable(
                    options.key ?? options.cert, options.section + (options.key == nil ? "cert" : "key"),
                    "is not the key of the certificate in \(options.cert)")
            }
            (staple, stapleUntil) = try Self.readStaple(options)
        } catch {
            X509_free(found)
            claw_x509_chain_free(rest)
            throw error
        }
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: kind = "RSA"
        case EVP_PKEY_EC: kind = "ECDSA"
        case EVP_PKEY_ED25519: kind = "Ed25519"
        default: kind = "other"
        }
        let facts = CertificateFacts(found)
        subject = facts.subject
        names = options.names.isEmpty ? facts.names.map { $0.lowercased() } : options.names
        notAfter = claw_asn1_seconds(X509_get0_notAfter(found))
    }

    deinit {
        X509_free(leaf)
        EVP_PKEY_free(key)
        claw_x509_chain_free(chain)
    }

    /// A copy of the bytes for OpenSSL to read, which is wiped when it is freed: `BIO_new_mem_buf` would go on pointing
    /// into an array that may be gone.
    private static func memory(_ bytes: [UInt8]) throws(TLSFailure) -> OpaquePointer {
        guard let bio = BIO_new(BIO_s_secmem()) else { throw .noMemory }
        let count = CInt(clamping: bytes.count)
        guard count == 0 || BIO_write(bio, bytes, count) == count else {
            BIO_free(bio)
            throw .noMemory
        }
        return bio
    }

    private static func readKey(_ options: TLSServerOptions.Certificate) throws(TLSFailure) -> OpaquePointer {
        let path = options.key ?? options.cert
        let name = options.section + (options.key == nil ? "cert" : "key")
        let text = try TLSFiles.read(path, name)
        let bio = try Self.memory(text)
        defer { BIO_free(bio) }
        guard let key = PEM_read_bio_PrivateKey(bio, nil, claw_no_passphrase, nil) else {
            throw TLSFiles.unusable(path, name, "holds no private key in PEM without a passphrase")
        }
        return key
    }

    private static func readStaple(_ options: TLSServerOptions.Certificate) throws(TLSFailure) -> ([UInt8], Int) {
        guard let path = options.ocsp else { return ([], 0) }
        let bytes = try TLSFiles.read(path, options.section + "ocsp")
        let until = claw_ocsp_until(bytes, bytes.count)
        guard until >= 0 else {
            throw TLSFiles.unusable(path, options.section + "ocsp", "holds no OCSP response in DER that says anything")
        }
        return (bytes, until)
    }
}
