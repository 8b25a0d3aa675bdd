internal import Access

extension Client {
    /// The certificate by which the connection said who it is, after its listener vouched for it.
    var presented: PresentedCertificate? { nil }
}
