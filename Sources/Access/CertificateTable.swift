internal import Settings

/// What a client showed by TLS, after the certificate authorities of the listener have vouched for it.
package struct PresentedCertificate: Sendable, Hashable {
    /// As OpenSSL prints it by RFC 2253 with blanks after commas or without: `CN=device 7,O=Example`.
    package var subject: String
    /// Hosts, addresses, mail addresses and URIs of subjectAltName.
    package var names: [String]
    /// SHA-256 of its DER form.
    package var fingerprint: SHA256Digest

    package init(subject: String, names: [String], fingerprint: SHA256Digest) {
        self.subject = subject
        self.names = names
        self.fingerprint = fingerprint
    }

    /// Names of one sort that read like another's are left out: an authority that lets people choose the one may look
    /// closely at the other.
    package init(
        subject: String, uris: [String], hosts: [String], emails: [String], addresses: [String], fingerprint: SHA256Digest
    ) {
        let names =
            uris.filter { $0.utf8.contains(UInt8(ascii: ":")) }
            + hosts.filter { host in
                host.utf8.allSatisfy { !":@/".utf8.contains($0) }
                    && !host.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: ".") }
            }
            + emails.filter { $0.utf8.contains(UInt8(ascii: "@")) && $0.utf8.allSatisfy { !":/".utf8.contains($0) } }
            + addresses
        self.init(subject: subject, names: names, fingerprint: fingerprint)
    }
}

/// Whom certificates name. Immutable: a new configuration makes a new one.
package struct CertificateTable: Sendable {
    private var fingerprints: [SHA256Digest: Credential] = [:]
    private var names: [String: Credential] = [:]
    private var subjects: [String: Credential] = [:]
    private let any: Bool

    package init(_ settings: ClientCertificateSettings) {
        any = settings.any
        for entry in settings.names {
            let credential = Credential(
                name: entry.name, tenant: entry.tenant ?? entry.name, kind: .clientCertificate)
            if let fingerprint = entry.fingerprint { fingerprints[fingerprint.digest] = credential }
            if let san = entry.san { names[Self.folded(san)] = credential }
            if let subject = entry.subject { subjects[Self.spelled(subject)] = credential }
        }
    }

    /// What says most counts first: the fingerprint, then alternative names in their order, then the subject. Nil: it
    /// is vouched for, and nobody's.
    package func credential(_ certificate: PresentedCertificate) -> Credential? {
        if let found = fingerprints[certificate.fingerprint] { return found }
        for name in certificate.names { if let found = names[Self.folded(name)] { return found } }
        if let found = subjects[Self.spelled(certificate.subject)] { return found }
        guard any else { return nil }
        let name = certificate.names.first ?? certificate.subject
        let shown = String(name.prefix(256))
        guard !shown.isEmpty, IdentityField.isValue(shown) else { return nil }
        // the fingerprint, and no name: authorities may give one name twice
        return Credential(
            name: shown, tenant: "cert:\(certificate.fingerprint.hex)", kind: .clientCertificate)
    }

    /// Hosts and mail domains know no case (RFC 5280 7.2, 7.5); where one is told from another by case alone, nobody
    /// should give them to different people.
    private static func folded(_ name: String) -> String { name.lowercased() }

    /// Blanks after the commas between its parts do not count.
    private static func spelled(_ subject: String) -> String {
        var text = ""
        var isStart = true
        var isEscaped = false
        for character in subject {
            if isStart, character == " " { continue }
            text.append(character)
            isStart = !isEscaped && (character == "," || character == "+")
            isEscaped = !isEscaped && character == "\\"
        }
        return text
    }
}
