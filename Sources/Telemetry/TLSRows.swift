/// What the page of metrics tells of a certificate that is shown to clients.
package struct CertificateGauge: Sendable {
    package var file: String
    package var subject: String
    /// Of its key: `RSA`, `ECDSA`.
    package var kind: String
    /// Unix seconds.
    package var notAfter: Int

    package init(file: String, subject: String, kind: String, notAfter: Int) {
        self.file = file
        self.subject = subject
        self.kind = kind
        self.notAfter = notAfter
    }
}

extension MetricsPage {
    private static let handshakes = Metric(
        "gateway_tls_handshakes_total", .counter, "Handshakes of TLS with clients that came about, by kind.")
    private static let failures = Metric(
        "gateway_tls_handshake_failures_total", .counter, "Handshakes of TLS with clients that did not, by reason.")
    private static let expiry = Metric(
        "gateway_tls_certificate_expiry_seconds", .gauge,
        "When a certificate that is shown to clients ends, in seconds since 1970.")

    static func writeTLS(_ sum: Snapshot, _ certificates: [CertificateGauge], to page: inout Exposition) {
        guard !certificates.isEmpty else { return }
        page.family(handshakes)
        page.sample(handshakes, [("kind", "full")], sum[.tlsFull])
        page.sample(handshakes, [("kind", "resumed")], sum[.tlsResumed])
        page.family(failures)
        let reasons: [(String, Tally)] = [
            ("closed", .tlsFailedClosed), ("timeout", .tlsFailedTimeout), ("plain", .tlsFailedPlain),
            ("version", .tlsFailedVersion), ("cipher", .tlsFailedCipher), ("alpn", .tlsFailedALPN),
            ("certificate", .tlsFailedCertificate), ("alert", .tlsFailedAlert), ("other", .tlsFailedOther),
        ]
        for (reason, tally) in reasons { page.sample(failures, [("reason", reason)], sum[tally]) }
        page.family(expiry)
        for one in certificates {
            page.sample(expiry, [("file", one.file), ("subject", one.subject), ("key", one.kind)], one.notAfter)
        }
    }
}
