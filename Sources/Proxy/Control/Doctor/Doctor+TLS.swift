internal import Settings
internal import Telemetry

/// Whether TLS towards clients goes on working.
extension Doctor {
    @Sendable static func certificates(_ seen: Examination) -> [Finding] {
        var found: [Finding] = []
        if let trouble = seen.tlsTrouble {
            found.append(
                .error(
                    "http.tls", "a file has changed and cannot be used, so what it held before is: \(trouble.what)",
                    remedy: trouble.hint))
        }
        let now = Int(seen.wallMs / 1000)
        for certificate in seen.certificates where certificate.notAfter - now < EdgeTLS.warnSeconds {
            let remedy = "put a new one there; it is taken within seconds, without a restart"
            let name = "\(certificate.file) ('\(certificate.subject)')"
            let days = (certificate.notAfter - now) / 86_400
            found.append(
                certificate.notAfter <= now
                    ? .error("http.tls", "\(name) has expired: clients refuse it", remedy: remedy)
                    : .warning("http.tls", "\(name) expires in \(days) days", remedy: remedy))
        }
        if !found.isEmpty || seen.certificates.isEmpty { return found }
        let next = seen.certificates.map(\.notAfter).min() ?? now
        let days = (next - now) / 86_400
        return [.ok("http.tls", "\(seen.certificates.count) certificates, the next one expires in \(days) days")]
    }
}
