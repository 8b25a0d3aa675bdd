/// What TLS says of a client's connection.
package final class ClientTLS: Sendable {
    /// `TLSv1.3`, `TLS_AES_128_GCM_SHA256`.
    package let version: String
    package let cipher: String
    /// What ALPN agreed on; nil: the client does not know it.
    package let applicationProtocol: String?
    /// Whom the client asked for, in lower case (SNI).
    package let serverName: String?
    package let isResumed: Bool
    package let certificate: ClientCertificate?

    /// Of requests that the proxy makes itself for what clients will ask for over TLS.
    static let inside = ClientTLS(
        version: "", cipher: "", applicationProtocol: nil, serverName: nil, isResumed: false, certificate: nil)

    init(
        version: String, cipher: String, applicationProtocol: String?, serverName: String?, isResumed: Bool,
        certificate: ClientCertificate?
    ) {
        self.version = version
        self.cipher = cipher
        self.applicationProtocol = applicationProtocol
        self.serverName = serverName
        self.isResumed = isResumed
        self.certificate = certificate
    }
}
