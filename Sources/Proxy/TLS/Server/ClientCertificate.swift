internal import COpenSSL
internal import Settings

/// Who a client is by the certificate that it has shown, and proved to be its own.
package struct ClientCertificate: Sendable, Equatable {
    /// As RFC 2253 has it: `CN=edge-1,O=Example`.
    package let subject: String
    package let hosts: [String]
    package let uris: [String]
    package let emails: [String]
    package let addresses: [String]
    /// SHA-256 of the certificate, in lower hexadecimal digits.
    package let fingerprint: String

    /// Nil where the client has shown none.
    init?(_ ssl: OpaquePointer) {
        guard let certificate = SSL_get0_peer_certificate(ssl), SSL_get_verify_result(ssl) == Int(X509_V_OK) else {
            return nil
        }
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &digest, &count) == 1 else { return nil }
        var hex: [UInt8] = []
        for byte in digest { for half in [byte >> 4, byte & 15] { hex.append(half < 10 ? 0x30 + half : 0x57 + half) } }
        fingerprint = String(decoding: hex, as: UTF8.self)
        subject = CertificateFacts.subject(of: certificate)
        var found: [CInt: [String]] = [:]
        if let list = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) {
            let names = OpaquePointer(list)
            defer { GENERAL_NAMES_free(names) }
            for at in 0..<claw_general_name_count(names) {
                var type: CInt = 0
                var count: CInt = 0
                guard let bytes = claw_general_name_of_any(names, at, &type, &count), count >= 0 else { continue }
                let text = UnsafeBufferPointer(start: bytes, count: Int(count))
                found[type, default: []].append(
                    type == GEN_IPADD ? IPText.text(Array(text)) : String(decoding: text, as: UTF8.self))
            }
        }
        hosts = found[GEN_DNS] ?? []
        uris = found[GEN_URI] ?? []
        emails = found[GEN_EMAIL] ?? []
        addresses = found[GEN_IPADD] ?? []
    }

    /// `Hash=<sha256>;Subject="CN=edge-1";DNS=a.test`: one line, whatever the certificate says.
    package var text: String {
        var parts = ["Hash=\(fingerprint)", "Subject=\(Self.quoted(subject, always: true))"]
        parts += uris.map { "URI=\(Self.quoted($0))" } + hosts.map { "DNS=\(Self.quoted($0))" }
        parts += emails.map { "Email=\(Self.quoted($0))" } + addresses.map { "IP=\(Self.quoted($0))" }
        return parts.joined(separator: ";")
    }

    private static func quoted(_ text: String, always: Bool = false) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"\",;\\=".utf8.contains($0) }
        if isPlain, !always { return text }
        var quoted: [UInt8] = [0x22]
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5c: quoted += [0x5c, byte]
            case 0x00..<0x20, 0x7f: quoted.append(0x20)
            default: quoted.append(byte)
            }
        }
        return String(decoding: quoted + [0x22], as: UTF8.self)
    }
}
