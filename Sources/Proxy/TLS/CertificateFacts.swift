internal import COpenSSL
internal import Settings

/// What a message says of a certificate.
struct CertificateFacts {
    private(set) var subject = "?"
    private(set) var issuer = "?"
    private(set) var notBefore = "?"
    private(set) var notAfter = "?"
    /// Host names and addresses of subjectAltName.
    private(set) var names: [String] = []

    /// Names that a message repeats at most.
    private static let mostNames = 6

    init(_ certificate: OpaquePointer?) {
        guard let certificate else { return }
        subject = Self.text(of: X509_get_subject_name(certificate))
        issuer = Self.text(of: X509_get_issuer_name(certificate))
        notBefore = Self.text { ASN1_TIME_print($0, X509_get0_notBefore(certificate)) }
        notAfter = Self.text { ASN1_TIME_print($0, X509_get0_notAfter(certificate)) }
        names = Self.names(of: certificate)
    }

    var namesInWords: String {
        if names.isEmpty { return "no host at all (subjectAltName is missing; subject '\(subject)')" }
        let shown = names.prefix(Self.mostNames).map { Quoted.quote($0) }
        let rest = names.count - shown.count
        return rest > 0 ? "\(shown.joined(separator: ", ")) and \(rest) more" : Quoted.list(shown, last: "and")
    }

    private static func text(of name: OpaquePointer?) -> String {
        text { claw_x509_print_name($0, name) }
    }

    /// The whole subject, however long: who somebody is, not what a message says.
    static func subject(of certificate: OpaquePointer) -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        var count = 0
        guard claw_x509_print_name(bio, X509_get_subject_name(certificate)) >= 0,
            let bytes = claw_bio_memory(bio, &count)
        else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// What OpenSSL prints; it comes from strangers, so it is cut and kept to one line.
    private static func text(_ print: (OpaquePointer) -> CInt) -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { return "?" }
        defer { BIO_free(bio) }
        guard print(bio) >= 0 else { return "?" }
        var count = 0
        guard let bytes = claw_bio_memory(bio, &count) else { return "?" }
        return Quoted.shortened(String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self))
    }

    private static func names(of certificate: OpaquePointer) -> [String] {
        guard let list = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(list)
        defer { GENERAL_NAMES_free(names) }
        return (0..<claw_general_name_count(names)).compactMap { at in
            var type: CInt = 0
            var count: CInt = 0
            guard let bytes = claw_general_name(names, at, &type, &count), count >= 0 else { return nil }
            let found = UnsafeBufferPointer(start: bytes, count: Int(count))
            return type == GEN_IPADD ? IPText.text(Array(found)) : String(decoding: found, as: UTF8.self)
        }
    }
}
