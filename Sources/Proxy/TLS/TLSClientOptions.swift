package import Balancer

/// How a client of TLS knows its peers, and what it shows to them.
package struct TLSClientOptions: Sendable, Hashable {
    /// PEM; nil: what the system trusts.
    package var caFile: String?
    package var certFile: String?
    /// PEM without a passphrase; nil: it stands in `certFile`.
    package var keyFile: String?
    /// False takes any certificate of anybody: whoever stands in between may read and change everything.
    package var verify = true
    package var minVersion = TLSVersion.v12
    /// What is offered by ALPN (RFC 7301), the best one first; empty: nothing.
    package var protocols = ["http/1.1"]
    /// Where an operator sets these, for messages.
    package var section = "agents.tls"

    package init() {}

    /// As agents are known; `serverName` is a matter of each connection.
    package init(_ settings: AgentTLSSettings) {
        caFile = settings.caFile
        certFile = settings.certFile
        keyFile = settings.keyFile
        verify = settings.verify
        minVersion = settings.minVersion
    }

    var files: [String] { [caFile, certFile, keyFile].compactMap { $0 } }
}
