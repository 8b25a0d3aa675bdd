internal import Access

extension Client {
    /// The certificate by which the connection said who it is, after its listener vouched for it.
    var presented: PresentedCertificate? {
        guard let certificate, let fingerprint = SHA256Digest(hex: certificate.fingerprint) else { return nil }
        return PresentedCertificate(
            subject: certificate.subject, uris: certificate.uris, hosts: certificate.hosts, emails: certificate.emails,
            addresses: certificate.addresses, fingerprint: fingerprint)
    }
}
