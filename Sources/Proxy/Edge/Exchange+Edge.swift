internal import Access
internal import Settings

/// What is asked of a request before the rules are.
extension Exchange {
    /// False: it has been answered.
    func passesEdge(_ edge: Edge) -> Bool {
        if let access = edge.access, client?.door == .clients, let refusal = refusal(access) {
            fail(Failure.accessDenied(refusal, addressText, place: "http.access"))
            return false
        }
        return true
    }

    /// Whether its address may pass; who comes by a local socket has none, and its file says who may.
    func refusal(_ access: AccessList) -> AccessRefusal? {
        if let forwarded { return access.refusal(forwarded.address) }
        guard let client, let address = ClientAddress(bytes: client.address) else { return nil }
        return access.refusal(address)
    }
}

extension Failure {
    static func accessDenied(_ refusal: AccessRefusal, _ address: [UInt8], place: String) -> Failure {
        let text = String(decoding: address, as: UTF8.self)
        return switch refusal {
        case .denied:
            Failure(
                .accessDenied, "requests from \(text) are denied here",
                hint: "ask from another network; operators: \(place).deny names this one")
        case .notAllowed:
            Failure(
                .accessDenied, "requests from \(text) are not allowed here",
                hint: "ask from a network that is allowed; operators: \(place).allow does not name this one")
        }
    }
}
