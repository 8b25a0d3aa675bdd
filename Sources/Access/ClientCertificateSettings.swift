package import Settings

/// `auth.clientCertificates`: whom a certificate of a client names, once `http.tls.clientCA` has vouched for it.
package struct ClientCertificateSettings: Section {
    package var names: [CertificateNameSettings] = []
    package var any = false

    package init() {}

    package var isConfigured: Bool { any || !names.isEmpty }

    package static let keys: [Key<ClientCertificateSettings>] = [
        .list("names", \.names, "certificates and what each is called", identity: "name"),
        .value(
            "any", \.any,
            "any certificate that `http.tls.clientCA` vouches for; it is called by its first name, or its subject"),
    ]
}

/// `auth.clientCertificates.names[]`: one certificate, by one of three things about it.
package struct CertificateNameSettings: Section {
    package var name = ""
    package var tenant: String?
    package var subject: String?
    package var san: String?
    package var fingerprint: CertificateFingerprint?

    package init() {}

    package static let keys: [Key<CertificateNameSettings>] = [
        .required("name", \.name, "what logs call its bearer", check: Check.nonEmpty),
        .value(
            "tenant", \.tenant, "whose data it is, closed to all others; absent: the name", check: Check.nonEmpty),
        .value("subject", \.subject, "its subject, as `CN=device 7,O=Example`", check: Check.nonEmpty),
        .value(
            "san", \.san, "one of its alternative names: a host, an address, a mail address or a URI",
            aliases: ["SAN"], check: Check.nonEmpty),
        .value("fingerprint", \.fingerprint, "the SHA-256 of its DER form, in hexadecimal, colons allowed"),
    ]

    package static func check(_ value: CertificateNameSettings, _ node: Node, _ reading: inout Reading) {
        OneOf.check(["subject", "san", "fingerprint"], node, &reading)
    }
}

/// A SHA-256 fingerprint as `openssl x509 -fingerprint -sha256` prints it, or without its colons.
package struct CertificateFingerprint: SettingValue, Hashable {
    package let digest: SHA256Digest

    package init?(_ text: String) {
        guard let digest = SHA256Digest(hex: text.filter { $0 != ":" }) else { return nil }
        self.digest = digest
    }

    package static var shape: Shape {
        .text(
            "fingerprint", expected: "64 hexadecimal digits, with or without colons",
            example: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    }

    package var text: String { digest.text }

    package static func read(_ node: Node, _ reading: inout Reading) -> CertificateFingerprint? {
        guard let text = String.read(node, &reading) else { return nil }
        if let fingerprint = CertificateFingerprint(text) { return fingerprint }
        reading.error(
            node.position,
            "expected the 64 hexadecimal digits of a SHA-256 fingerprint; "
                + "print them with: openssl x509 -in FILE -noout -fingerprint -sha256")
        return nil
    }
}
