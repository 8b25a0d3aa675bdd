internal import Access

extension ClientCertificate {
    /// What `auth.clientCertificates` knows it by.
    var presented: PresentedCertificate? {
        SHA256Digest(hex: fingerprint).map {
            PresentedCertificate(subject: subject, names: hosts + addresses + emails + uris, fingerprint: $0)
        }
    }
}
