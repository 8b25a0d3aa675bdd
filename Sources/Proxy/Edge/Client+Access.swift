internal import Access
internal import Settings

extension Client {
    /// Why nothing of this connection need be read; nil where requests are to be seen first: a trusted peer may bring
    /// others than itself.
    func refusal(_ access: AccessList) -> Failure? {
        guard door.isPublic, !isTrusted, let address = ClientAddress(bytes: address),
            let refusal = access.refusal(address)
        else { return nil }
        return Failure.accessDenied(refusal, text, place: "http.access")
    }
}

extension Failure {
    static var outOfDescriptors: Failure {
        Failure(
            .overloaded, "the proxy has no descriptor left for a connection to an agent",
            hint: "retry after a second; operators: raise the limit of open files (LimitNOFILE=, ulimit -n)")
    }

    static var tooManyConnections: Failure {
        Failure(.overloaded, "too many connections", hint: "retry after a second")
    }

    /// A whole answer to a connection of which nothing was read.
    var bareText: String {
        let body =
            "{\"error\":{\"code\":\"\(kind.rawValue)\",\"message\":\(JSONText.quoted(message)),"
            + "\"hint\":\(JSONText.quoted(hint))}}\n"
        let pause = (retryAfter ?? kind.retryAfter).map { "Retry-After: \($0)\r\n" } ?? ""
        return "HTTP/1.1 \(status) \(reasonPhrase(status))\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\(pause)Connection: close\r\n\r\n\(body)"
    }
}
