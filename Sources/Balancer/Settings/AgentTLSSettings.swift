package import Settings

/// The key `agents.tls`, and an agent's own `tls`, which says what differs: how `https://` agents are known.
package struct AgentTLSSettings: Section, Hashable {
    package var caFile: String?
    package var certFile: String?
    package var keyFile: String?
    package var serverName: String?
    package var verify = true
    package var minVersion = TLSVersion.v12

    package init() {}

    package static let keys: [Key<AgentTLSSettings>] = [
        .value(
            "caFile", \.caFile,
            "certificates (PEM) that an agent's must come from; absent: those that the system trusts",
            check: Check.absolutePath),
        .value(
            "certFile", \.certFile, "the certificate (PEM) shown to agents that ask for one, with what it comes from",
            check: Check.absolutePath),
        .value(
            "keyFile", \.keyFile, "the private key (PEM, no passphrase) of `certFile`; absent: it stands there too",
            check: Check.absolutePath),
        .value(
            "serverName", \.serverName,
            "the name or address that an agent's certificate must bear; absent: that of the endpoint",
            check: ifGiven(checkName)),
        .value(
            "verify", \.verify,
            "false: any certificate is taken, so whoever stands in between may read and change everything; for trials"),
        .value("minVersion", \.minVersion, "the oldest TLS that is spoken"),
    ]

    private static func checkName(_ name: String) -> String? {
        if IPText.bytes(name) != nil { return nil }
        let isName =
            (1...253).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
        return isName ? nil : "expected a host name or address such as agent.internal, found \(Quoted.quote(name))"
    }
}
