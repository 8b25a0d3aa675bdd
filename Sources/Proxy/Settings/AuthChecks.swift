import Access
import Balancer
import Routing
import Settings

/// What credentials are judged by must be there: keys in files, certificates, addresses that are addresses.
enum AuthChecks {
    static func check(_ settings: GatewaySettings, _ node: Node, _ reading: inout Reading) {
        let auth = settings.auth
        let written = node["auth"]
        reading.under("auth") { reading in
            for (index, issuer) in auth.jwt.enumerated() {
                let list = written?["jwt"]?.elements
                let entry = list.map { $0.indices.contains(index) ? $0[index] : node } ?? written?["jwt"]
                reading.under("jwt") { reading in
                    reading.under("[\(index)]") { check(issuer, entry ?? node, &$0) }
                }
            }
            let tls = settings.http.tls
            if auth.clientCertificates.isConfigured, !tls.isOn || tls.demand == .none {
                reading.under("clientCertificates") {
                    $0.warn(
                        written?["clientCertificates"]?.position ?? node.position,
                        "no client is asked for a certificate, so nobody is known by one; set http.tls.clientCA")
                }
            }
            reading.under("forwardAuth") { check(auth.forwardAuth, written?["forwardAuth"] ?? node, &$0) }
        }
        let names = Set(IdentityNames.dropped(settings, key: []).map { String(decoding: $0, as: UTF8.self) })
        reading.under("http") { check(settings.http.rateLimit, node["http"]?["rateLimit"] ?? node, names, &$0) }
        reading.under("routing") { reading in
            reading.under("rules") { reading in
                for (index, rule) in settings.routing.rules.enumerated() {
                    let entry = node["routing"]?["rules"]?.elements.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                    reading.under("[\(index)]") { check(rule.rateLimit, entry?["rateLimit"] ?? node, names, &$0) }
                }
            }
        }
    }

    /// Limits by a field are asked before it is known who somebody is: one that the edge tells that in is anybody's until
    /// then.
    private static func check(
        _ limit: RateLimitSettings?, _ node: Node, _ told: Set<String>, _ reading: inout Reading
    ) {
        guard let limit, limit.enabled, case .header(let name) = limit.key, told.contains(name.lowercased())
        else { return }
        reading.under("rateLimit") { reading in
            reading.under("key") {
                $0.error(
                    node["key"]?.position ?? node.position,
                    "clients may write '\(name)' as they like before the edge says who they are; use token or tenant")
            }
        }
    }

    private static func check(_ issuer: JWTIssuerSettings, _ node: Node, _ reading: inout Reading) {
        if let url = issuer.jwksUrl { check(url, "jwksUrl", issuer.caFile, node, &reading) }
        for (key, path) in [("jwksFile", issuer.jwksFile), ("keyFile", issuer.keyFile)] {
            guard let path else { continue }
            do throws(JWTKeyFault) {
                _ = try JWTKeySource.keys(try JWTKeySource.file(path), issuer)
            } catch {
                let what = error.description.hasPrefix(path) ? error.description : "\(path) \(error)"
                reading.under(key) {
                    $0.unready(
                        node[key]?.position ?? node.position, "\(what): no token of this issuer could be verified")
                }
            }
        }
    }

    private static func check(_ service: ForwardAuthSettings, _ node: Node, _ reading: inout Reading) {
        guard let url = service.url else { return }
        check(url, "url", service.caFile, node, &reading)
        if service.failOpen {
            reading.under("failOpen") {
                $0.warn(
                    node["failOpen"]?.position ?? node.position,
                    "while the service cannot be asked, everybody may come in where it decides")
            }
        }
    }

    private static func check(
        _ url: String, _ key: String, _ caFile: String?, _ node: Node, _ reading: inout Reading
    ) {
        let position = node[key]?.position ?? node.position
        let place: ServiceURL
        do throws(JWTKeyFault) {
            place = try ServiceURL(url)
        } catch {
            return reading.under(key) { $0.error(position, error.description) }
        }
        if case .tcp(let host, _) = place.endpoint.address, !place.endpoint.isTLS, !isHere(host) {
            reading.under(key) {
                $0.warn(
                    position, "is asked in the clear: whoever stands in between decides who may come in; use https://")
            }
        }
        guard let caFile else { return }
        var options = TLSClientOptions()
        options.caFile = caFile
        options.section = reading.path.joined(separator: ".")
        do throws(TLSFailure) {
            _ = try TLSClientContext(options)
        } catch {
            reading.under("caFile") { $0.unready(node["caFile"]?.position ?? node.position, error.description) }
        }
    }

    private static func isHere(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
