internal import Wire

/// The answer of a service that says who may come in, as clients get it.
enum ForwardedReply {
    private static let passed = [
        "www-authenticate": "WWW-Authenticate", "location": "Location", "set-cookie": "Set-Cookie",
    ]
    private static let types: [StaticString] = [
        "text/html; charset=utf-8", "text/plain; charset=utf-8", "application/json", "application/problem+json",
    ]

    static func make(_ answer: HTTPAnswer) -> Reply {
        var reply = Reply(status: answer.status)
        reply.contentType = contentType(answer.fields["content-type"])
        if !answer.isCut { reply.body = answer.body }
        var bytes = 0
        for field in answer.fields.all {
            guard let name = passed[field.name], bytes + field.value.utf8.count < 16 * 1024 else { continue }
            bytes += field.value.utf8.count
            reply.add(name, field.value)
        }
        // RFC 9110 15.5.2 wants one
        if answer.status == 401, answer.fields["www-authenticate"] == nil {
            reply.add("WWW-Authenticate", "Bearer realm=\"clawproxy\"")
        }
        reply.add("Cache-Control", "no-store")
        return reply
    }

    static func setsCookies(_ reply: Reply) -> Bool {
        let name = Array("\nSet-Cookie: ".utf8)
        let fields = [0x0A] + reply.fields
        return fields.indices.contains { fields[$0...].starts(with: name) }
    }

    /// What browsers must not take for a page stays bytes.
    private static func contentType(_ given: String?) -> StaticString {
        let essence = (given ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        for type in types where "\(type)".prefix(while: { $0 != ";" }) == essence { return type }
        return "application/octet-stream"
    }
}
