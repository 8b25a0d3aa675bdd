internal import COpenSSL
internal import Settings

/// What OpenSSL found wrong, in words that say what to do.
enum TLSWords {
    /// - Parameter section: of the configuration, where an operator sets how the peer is known.
    static func failure(
        _ error: OpenSSLErrors.Entry?, _ shuttle: claw_shuttle, _ name: TLSPeerName?, _ section: String
    ) -> TLSFailure {
        if shuttle.verifyError != 0 { return certificate(shuttle, name, section) }
        guard let error else {
            return TLSFailure(.badProtocol, "TLS broke off", hint: "look at the peer's log")
        }
        if error.library == ERR_LIB_SSL, error.reason > OpenSSLErrors.alerts, error.reason < OpenSSLErrors.alerts + 256
        {
            return alert(UInt8(truncatingIfNeeded: error.reason - OpenSSLErrors.alerts), section)
        }
        switch (error.library, error.reason) {
        case (ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER), (ERR_LIB_SSL, SSL_R_HTTP_REQUEST),
            (ERR_LIB_SSL, SSL_R_PACKET_LENGTH_TOO_LONG):
            return TLSFailure(
                .badProtocol, "what answers there does not speak TLS (\(error.text))",
                hint: "use http:// if it serves plain HTTP, or correct the port")
        case (ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL), (ERR_LIB_SSL, SSL_R_UNKNOWN_PROTOCOL),
            (ERR_LIB_SSL, SSL_R_VERSION_TOO_LOW):
            return TLSFailure(
                .badProtocol, "it speaks no TLS as new as \(section).minVersion asks (\(error.text))",
                hint: "update it, or set minVersion to '1.2' if that is what it speaks")
        default:
            return TLSFailure(.badProtocol, "TLS broke off: \(error.text)", hint: "look at the peer's log")
        }
    }

    /// Why a client got no connection.
    static func refusal(_ error: OpenSSLErrors.Entry?, _ shuttle: claw_shuttle) -> TLSFailure {
        func failure(_ reason: TLSRefusal, _ what: String, _ hint: String) -> TLSFailure {
            var failure = TLSFailure(reason == .certificate ? .certificate : .badProtocol, what, hint: hint)
            failure.refusal = reason
            return failure
        }
        if shuttle.verifyError != 0 {
            let words = X509_verify_cert_error_string(Int(shuttle.verifyError)).map { String(cString: $0) } ?? "refused"
            return failure(
                .certificate,
                "the client's certificate '\(CertificateFacts(shuttle.culprit).subject)' is not taken: \(words)",
                "give the client a certificate of http.tls.clientCA")
        }
        guard let error else { return failure(.other, "TLS broke off", "look at the client") }
        let alert = error.reason - OpenSSLErrors.alerts
        if error.library == ERR_LIB_SSL, (1..<256).contains(alert) {
            var found = TLSFailure(
                .alert, "the client refused TLS: \(error.text)", hint: "look at the client: it must trust http.tls.cert")
            found.refusal = .alert
            return found
        }
        guard error.library == ERR_LIB_SSL else {
            return failure(.other, "TLS broke off: \(error.text)", "look at the client")
        }
        switch error.reason {
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST:
            return failure(.plain, "plain HTTP came where TLS is spoken", "use https:// there")
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_UNKNOWN_PROTOCOL, SSL_R_VERSION_TOO_LOW:
            return failure(
                .version, "the client speaks no TLS as new as http.tls.minVersion asks (\(error.text))",
                "update the client")
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SUITABLE_GROUPS,
            SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
            return failure(.cipher, "no cipher in common with the client (\(error.text))", "compare http.tls.ciphers")
        case SSL_R_NO_APPLICATION_PROTOCOL:
            return failure(.alpn, "the client speaks no protocol that is spoken here (ALPN)", "look at the client")
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return failure(
                .certificate, "the client has shown no certificate",
                "give it one of http.tls.clientCA, or set clientAuth")
        default: return failure(.other, "TLS broke off: \(error.text)", "look at the client")
        }
    }

    // MARK: certificates

    private static func certificate(_ shuttle: claw_shuttle, _ name: TLSPeerName?, _ section: String) -> TLSFailure {
        let leaf = CertificateFacts(shuttle.leaf)
        let culprit = CertificateFacts(shuttle.culprit)
        let whose = shuttle.verifyDepth == 0 ? "its certificate" : "the certificate '\(culprit.subject)' above its own"
        let (what, hint): (String, String)
        switch shuttle.verifyError {
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            let wanted = name.map { "'\($0)'" } ?? "the name that was meant"
            what = "its certificate is for \(leaf.namesInWords), not for \(wanted)"
            hint = "correct the endpoint, or set \(section).serverName to a name that the certificate bears"
        case X509_V_ERR_CERT_HAS_EXPIRED:
            what = "\(whose) expired on \(culprit.notAfter)"
            hint = "renew it on the peer; this machine's clock counts too"
        case X509_V_ERR_CERT_NOT_YET_VALID:
            what = "\(whose) is not valid before \(culprit.notBefore)"
            hint = "compare the clocks of both machines"
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            what = "its certificate ('\(leaf.subject)') is self-signed, and not among those that are trusted"
            hint = "set \(section).caFile to that certificate, or give the peer one of a CA"
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            what = "its certificate comes from '\(culprit.subject)', a CA that is not trusted here"
            hint = "set \(section).caFile to the certificate of that CA"
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            what = "\(whose) comes from '\(culprit.issuer)', an unknown CA"
            hint = "set \(section).caFile to the certificate of that CA; the peer must send those in between"
        case X509_V_ERR_INVALID_PURPOSE:
            what = "\(whose) is not made for servers of TLS"
            hint = "issue one with extendedKeyUsage serverAuth"
        default:
            let words = X509_verify_cert_error_string(Int(shuttle.verifyError)).map { String(cString: $0) } ?? "refused"
            what = "\(whose) ('\(culprit.subject)') cannot be verified: \(words)"
            hint = "correct the certificate, or \(section).caFile"
        }
        return TLSFailure(.certificate, what, hint: hint)
    }

    // MARK: alerts

    /// What the peer says of us (RFC 8446 6.2).
    private static func alert(_ number: UInt8, _ section: String) -> TLSFailure {
        let own = "\(section).certFile and keyFile"
        let (what, hint): (String, String) =
            switch number {
            case 40: ("handshake_failure", "no cipher or version in common, or it wants a certificate: set \(own)")
            case 42, 43, 46: ("bad_certificate", "it does not take the certificate of \(own)")
            case 44: ("certificate_revoked", "replace the certificate of \(own)")
            case 45: ("certificate_expired", "renew the certificate of \(own)")
            case 48: ("unknown_ca", "it does not know the CA of the certificate in \(own)")
            case 49: ("access_denied", "it lets the certificate of \(own) do nothing")
            case 70: ("protocol_version", "no version of TLS in common; compare \(section).minVersion")
            case 80: ("internal_error", "look at its log")
            case 112: ("unrecognized_name", "it does not serve that name: set \(section).serverName")
            case 116: ("certificate_required", "it wants a certificate: set \(own)")
            case 120: ("no_application_protocol", "it does not speak HTTP/1.1 over TLS there")
            default: ("alert \(number)", "look at its log")
            }
        return TLSFailure(.alert, "it refused TLS: \(what)", hint: hint)
    }
}
