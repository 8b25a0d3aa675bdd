internal import Access
internal import Wire

/// Who a request comes from where a trusted peer brought it: the client that it told of.
final class ForwardedClient {
    let address: ClientAddress
    let bytes: [UInt8]
    /// For logs.
    let text: [UInt8]
    let key: UInt64
    /// It was told by `Forwarded` alone, so that `X-Forwarded-For` has to be made for the agent.
    let isFromForwarded: Bool

    init(_ address: ClientAddress, isFromForwarded: Bool) {
        self.address = address
        self.isFromForwarded = isFromForwarded
        bytes = address.bytes
        text = Array("\(address)".utf8)
        key = Client.key(of: bytes)
    }

    /// Nil where the fields tell of nobody, or of nobody but the peer.
    ///
    /// What a proxy does not write itself it often passes on as its client sent it. So one field alone is believed:
    /// `X-Forwarded-For` where there is one, else `Forwarded`, unless the settings name one of them.
    init?(_ head: RequestHead, _ client: Client, _ field: ForwardedField, isTrusted: (ClientAddress) -> Bool) {
        let hasList = head.forwardedForField >= 0
        let id: FieldName
        switch field {
        case .any: id = hasList ? .xForwardedFor : .forwarded
        case .xForwardedFor: id = .xForwardedFor
        case .forwarded: id = .forwarded
        }
        let found = withoutActuallyEscaping(isTrusted) { isTrusted -> ClientAddress? in
            var chain = ForwardedChain(isTrusted: isTrusted)
            for at in (0..<head.lines.fieldCount).reversed() where head.lines.fields[at].id == id {
                let value = head.lines.value(head.lines.fields[at])
                if id == .forwarded { chain.take(forwarded: value) } else { chain.take(list: value) }
            }
            return chain.address
        }
        guard let found else { return nil }
        address = found
        isFromForwarded = id == .forwarded
        bytes = found.bytes
        text = Array("\(found)".utf8)
        key = Client.key(of: bytes)
    }
}

/// Who it is from, as everything sees it that counts, limits, remembers or lets pass.
extension Exchange {
    /// 4 or 16 bytes, IPv4-mapped addresses as IPv4; empty for a client of a local socket.
    var address: [UInt8] { forwarded?.bytes ?? client?.address ?? [] }

    /// The address as text, for logs.
    var addressText: [UInt8] { forwarded?.text ?? client?.text ?? [] }

    /// The address as a number: the same address, the same number.
    @inline(__always)
    var addressKey: UInt64 { forwarded?.key ?? client?.key ?? 0 }

    /// What stands for one customer where requests are counted: the address of IPv4, of IPv6 its first 64 bits; empty for
    /// local sockets.
    var limitKey: [UInt8] {
        if let forwarded { return forwarded.address.limitKey }
        return ClientAddress(bytes: client?.address ?? [])?.limitKey ?? []
    }

    /// It comes from this machine, and nobody says that it was only brought from here.
    var isLocal: Bool {
        if let forwarded { return Client.isLocal(forwarded.bytes) }
        return client?.isLocal ?? false
    }

    /// The peer is trusted: whom does it bring?
    func findForwarded(_ client: Client) {
        let runtime = loop.runtime
        forwarded = ForwardedClient(head, client, runtime.forwardedField) { runtime.trusts($0) }
    }
}
