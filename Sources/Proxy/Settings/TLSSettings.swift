package import Balancer
package import Settings

/// Whether clients must show a certificate.
package enum ClientCertificateDemand: String, Variant {
    case none, optional, required

    package static var noun: String { "demand for client certificates" }
}

/// An entry of `http.tls.certificates`: one for some names, or of another kind of key for the same.
package struct TLSCertificateSettings: Section, Hashable {
    package var cert = ""
    package var key: String?
    package var ocsp: String?
    package var names: [String] = []

    package init() {}

    package static let keys: [Key<TLSCertificateSettings>] = [
        .required("cert", \.cert, "the certificate (PEM), with what it comes from", check: Check.absolutePath),
        .value(
            "key", \.key, "its private key (PEM, no passphrase); absent: it stands in `cert` too",
            check: Check.absolutePath),
        .value("ocsp", \.ocsp, "an OCSP response (DER) for it, which is stapled", check: Check.absolutePath),
        .value(
            "names", \.names,
            "host names that it serves, `*.example.com` for all below; absent: those that it bears"),
    ]
}

/// `http.tls.hsts`: browsers are told to come by TLS alone (RFC 6797).
package struct HSTSSettings: Section, Hashable {
    package var maxAge = Duration.zero
    package var includeSubDomains = false
    package var preload = false

    package init() {}

    package static let keys: [Key<HSTSSettings>] = [
        .value("maxAge", \.maxAge, "how long browsers remember it, such as `365d`; 0s: they are not told"),
        .value("includeSubDomains", \.includeSubDomains, "for all names below too"),
        .value("preload", \.preload, "the name may be listed in browsers themselves; hard to take back"),
    ]

    package static func check(_ value: HSTSSettings, _ node: Node, _ reading: inout Reading) {
        guard value.preload, !value.includeSubDomains || value.maxAge < .seconds(31_536_000) else { return }
        reading.under("preload") {
            $0.error(
                node["preload"]?.position ?? node.position,
                "wants includeSubDomains and a maxAge of a year at least, as browsers list no others; set both")
        }
    }

    /// The field line, with its CR LF; empty where there is none.
    var line: [UInt8] {
        let seconds = maxAge.components.seconds
        guard seconds > 0 else { return [] }
        return Array(
            ("Strict-Transport-Security: max-age=\(seconds)" + (includeSubDomains ? "; includeSubDomains" : "")
                + (preload ? "; preload" : "") + "\r\n").utf8)
    }
}

/// `http.tls`: TLS towards clients.
package struct TLSSettings: Section {
    package var enabled: Bool?
    package var cert: String?
    package var key: String?
    package var ocsp: String?
    package var certificates: [TLSCertificateSettings] = []
    package var minVersion = TLSVersion.v12
    package var ciphers = OneOrMany<String>([])
    package var ticketKeys: String?
    package var clientCA: String?
    package var clientAuth: ClientCertificateDemand?
    package var identityHeader: String?
    package var listen: OneOrMany<ListenAddress>?
    package var redirectFrom: ListenAddress?
    package var redirectPort: Int?
    package var hsts = HSTSSettings()
    package var handshakeTimeout = Duration.seconds(10)

    package init() {}

    package static let keys: [Key<TLSSettings>] = [
        .value("enabled", \.enabled, "absent: where a certificate is named"),
        .value(
            "cert", \.cert,
            "the certificate (PEM) for whoever asks for no name, or an unknown one, with what it comes from",
            check: Check.absolutePath),
        .value(
            "key", \.key, "its private key (PEM, no passphrase); absent: it stands in `cert` too",
            check: Check.absolutePath),
        .value("ocsp", \.ocsp, "an OCSP response (DER) for it, which is stapled", check: Check.absolutePath),
        .list(
            "certificates", \.certificates,
            "more certificates: for other names, or of another kind of key (RSA, ECDSA) for the same"),
        .value("minVersion", \.minVersion, "the oldest TLS that is spoken"),
        .value(
            "ciphers", \.ciphers,
            "what is spoken, the best first: suites of TLS 1.3 and OpenSSL's names and lists for 1.2 in any mix; "
                + "a version of which none is named keeps its own", check: checkCiphers),
        .value(
            "ticketKeys", \.ticketKeys,
            "a file of keys of session tickets, one a line, in base64 or hexadecimal, each of 48 or 80 bytes; the "
                + "first one makes tickets, all are taken. Replicas that share it resume each other's sessions; absent: keys "
                + "of this process", check: Check.absolutePath),
        .value(
            "clientCA", \.clientCA, "certificates (PEM) that a client's must come from", check: Check.absolutePath),
        .value(
            "clientAuth", \.clientAuth,
            "whether clients must show a certificate: `none`, `optional`, `required`; absent: required where "
                + "`clientCA` is set"
        ),
        .value(
            "identityHeader", \.identityHeader,
            "the field that tells agents of the certificate that a client has shown; one that clients send is removed",
            check: ifPresent(checkField)),
        .value("listen", \.listen, "which addresses of `http.listen` speak TLS; absent: all of them"),
        .value(
            "redirectFrom", \.redirectFrom, "an address where plain HTTP is answered with a redirect to https://",
            applies: .listener),
        .value(
            "redirectPort", \.redirectPort,
            "the port that redirects name; absent: that of the first address that speaks TLS", check: Check.port),
        .section("hsts", \.hsts, "browsers are told to come by TLS alone"),
        .value(
            "handshakeTimeout", \.handshakeTimeout, "how long a handshake may take, from the connection on",
            check: Check.positive),
    ]

    /// TLS is spoken at all.
    package var isOn: Bool { enabled ?? (cert != nil || !certificates.isEmpty) }

    /// Whether clients are asked for a certificate.
    package var demand: ClientCertificateDemand { clientAuth ?? (clientCA == nil ? .none : .required) }

    /// Fields, in lower case, that no client may send, and that no agent's answer may have: they are ours.
    var strippedFields: [String] { identityHeader.map { [$0.lowercased()] } ?? [] }
    var strippedAnswerFields: [[UInt8]] { hsts.line.isEmpty ? [] : [Array("strict-transport-security".utf8)] }

    package func serves(_ address: ListenAddress) -> Bool { isOn && listen?.values.contains(address) != false }

    private static func ifPresent<V: SettingValue>(
        _ check: @escaping @Sendable (V) -> String?
    ) -> @Sendable (V?) -> String? { { $0.flatMap(check) } }

    @Sendable private static func checkCiphers(_ given: OneOrMany<String>) -> String? {
        guard let wrong = TLSCiphers(given.values).wrong else { return nil }
        return "OpenSSL knows no cipher \(Quoted.quote(wrong)); expected a suite such as TLS_AES_128_GCM_SHA256 (1.3) "
            + "or ECDHE-RSA-AES128-GCM-SHA256 (1.2); `openssl ciphers -v` lists them"
    }

    @Sendable private static func checkField(_ name: String) -> String? {
        let isToken = !name.isEmpty && name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: true
            default: false
            }
        }
        let taken = [
            "host", "connection", "content-length", "transfer-encoding", "authorization", "via", "te", "upgrade",
        ]
        if isToken, !taken.contains(name.lowercased()) { return nil }
        return "expected the name of a field of its own such as X-Client-Identity, found \(Quoted.quote(name))"
    }

    package static func check(_ value: TLSSettings, _ node: Node, _ reading: inout Reading) {
        func tell(_ key: String, _ message: String, isError: Bool = true) {
            let position = node[key]?.position ?? node.position
            reading.under(key) { isError ? $0.error(position, message) : $0.warn(position, message) }
        }
        if value.cert == nil {
            if value.key != nil { tell("key", "belongs to no certificate; set cert too") }
            if value.ocsp != nil { tell("ocsp", "belongs to no certificate; set cert too") }
            if value.enabled == true, value.certificates.isEmpty {
                tell("enabled", "wants a certificate; set cert and key, or certificates")
            }
        }
        if value.clientCA == nil, value.demand != .none {
            tell("clientAuth", "'\(value.demand.rawValue)' wants to know whose certificates are taken; set clientCA")
        }
        if value.identityHeader != nil, value.demand == .none {
            tell(
                "identityHeader", "has no effect but to remove the field: clients are asked for no certificate",
                isError: false)
        }
        if value.isOn {
            let ciphers = TLSCiphers(value.ciphers.values)
            if value.minVersion == .v12, !ciphers.suites.isEmpty, ciphers.list == nil {
                tell(
                    "ciphers",
                    "names suites of TLS 1.3 alone, so TLS 1.2 keeps its own; set minVersion to '1.3' to leave it out",
                    isError: false)
            }
        } else if value.redirectFrom != nil {
            tell("redirectFrom", "there is nothing to redirect to: TLS is off; set cert and key, or remove this")
        } else if value.enabled == nil,
            let key = ["clientCA", "clientAuth", "listen", "hsts", "minVersion", "ciphers", "ticketKeys"].first(where: {
                node[$0]?.isNull == false
            })
        {
            // never plain text where protection was asked for
            tell(key, "asks for TLS, and there is no certificate; set cert and key, or enabled: false for plain text")
        }
    }
}
