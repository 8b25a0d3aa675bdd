internal import Balancer
internal import Settings

/// What a server of TLS is made from. Equal ones are served by the same certificates, keys and rules.
package struct TLSServerOptions: Sendable, Hashable {
    struct Certificate: Sendable, Hashable {
        var cert: String
        var key: String?
        var ocsp: String?
        var names: [String]
        /// Where an operator names it, below `http.tls`.
        var section: String
    }

    var certificates: [Certificate]
    var minVersion: TLSVersion
    var ciphers: [String]
    var ticketKeys: String?
    var clientCA: String?
    var demand: ClientCertificateDemand
    /// What is spoken over it, the best first, as ALPN names it (RFC 7301).
    var protocols: [String]

    package init(_ settings: TLSSettings, protocols: [String] = ["http/1.1", "http/1.0"]) {
        certificates =
            settings.cert.map {
                [Certificate(cert: $0, key: settings.key, ocsp: settings.ocsp, names: [], section: "")]
            } ?? []
        for (index, entry) in settings.certificates.enumerated() {
            certificates.append(
                Certificate(
                    cert: entry.cert, key: entry.key, ocsp: entry.ocsp,
                    names: entry.names.map { $0.lowercased() }, section: "certificates[\(index)]."))
        }
        minVersion = settings.minVersion
        ciphers = settings.ciphers.values
        ticketKeys = settings.ticketKeys
        demand = settings.demand
        clientCA = demand == .none ? nil : settings.clientCA
        self.protocols = protocols
    }

    /// Every file that is read.
    var files: [String] {
        certificates.flatMap { [$0.cert, $0.key, $0.ocsp].compactMap { $0 } } + [ticketKeys, clientCA].compactMap { $0 }
    }
}
