internal import Access

extension ClientCertificate {
    /// What `auth.clientCertificates` knows it by.
    var presented: PresentedCertificate? {
        SHA256Digest(hex: fingerprint).map {
            PresentedCertificate(
                subject: subject, uris: uris, hosts: hosts, emails: emails, addresses: addresses, fingerprint: $0)
        }
    }
}
