internal import Wire

/// Plain HTTP at `http.tls.redirectFrom`: whatever is asked for, it is to be had over TLS.
extension Exchange {
    /// 308, which keeps method and body; GET and HEAD get 301, which older clients know too (RFC 9110 15.4).
    func redirect() {
        guard let host = Self.name(in: head.host.text), head.method != .connect else {
            let body = "{\"error\":{\"code\":\"tls_required\",\"hint\":\"use https:// and send Host\"}}\n"
            return reply(Reply(status: 400, body: Array(body.utf8)))
        }
        let port = loop.process.edge.redirectPort
        var target = head.path.text
        if head.hasQuery { target += "?" + head.query.text }
        var answer = Reply(status: head.method == .get || head.method == .head ? 301 : 308, contentType: "text/plain")
        answer.add("Location", "https://\(host)\(port == 443 ? "" : ":\(port)")\(target.hasPrefix("/") ? target : "/")")
        reply(answer)
    }

    /// The host without its port; nil where there is none.
    static func name(in authority: String) -> String? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            return String(authority[...end])
        }
        let name = authority.prefix { $0 != ":" }
        return name.isEmpty ? nil : String(name)
    }
}
