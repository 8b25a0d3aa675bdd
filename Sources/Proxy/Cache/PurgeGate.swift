package import Cache
internal import Settings
package import Wire

/// Who may remove entries by the method PURGE, and which ones a request means.
///
/// On the admin listener the token decides, wherever the request comes from. On the listeners for clients the networks
/// of `cache.purge.allow` do, by the address that the connection comes from: no field can claim one. Where none is
/// allowed, PURGE is a method like any other, and the rules' business.
package struct PurgeGate: Sendable {
    package enum Verdict: Sendable, Equatable {
        /// No purge.
        case passes
        /// 401 on the admin listener, 403 elsewhere.
        case refused
        case removes([CacheSelection], soft: Bool)
    }

    private let allowed: [CIDR]

    package init(_ settings: PurgeSettings) { allowed = settings.allow }

    /// Whether the question is worth asking.
    @inline(__always)
    package static func concerns(_ head: RequestHead) -> Bool {
        head.method == .other && head.methodBytes.isExactly("PURGE")
    }

    /// - Parameters:
    ///   - isAdmin: it came over the admin listener.
    ///   - address: of the connection, 4 or 16 bytes; none for a local socket.
    ///   - bearsToken: it bears the admin token.
    package func judge(_ head: RequestHead, isAdmin: Bool, address: [UInt8], bearsToken: Bool) -> Verdict {
        guard Self.concerns(head) else { return .passes }
        if isAdmin { return bearsToken ? removal(head) : .refused }
        if allowed.isEmpty { return .passes }
        // a local socket has no address: who may open it is the file system's business
        guard address.isEmpty || allowed.contains(where: { $0.contains(address) }) else { return .refused }
        return removal(head)
    }

    /// Tags where the request names some, else the address that it asks for; all its variants, for everybody.
    private func removal(_ head: RequestHead) -> Verdict {
        let soft = head.first(named: "soft-purge").map { $0.trimmed.isExactly("1") } ?? false
        var tags: [CacheSelection] = []
        for name in ["cache-tag", "surrogate-key"] {
            let parts = head.first(named: name)?.split { $0 == 0x2c || $0 == 0x20 || $0 == 0x09 } ?? []
            tags += parts.map { .tag(String(decoding: $0, as: UTF8.self)) }
        }
        if !tags.isEmpty { return .removes(tags, soft: soft) }
        let target = head.path.text + (head.hasQuery ? "?" + head.query.text : "")
        return .removes([.url(CacheAddress(authority: head.host.text, target: target))], soft: soft)
    }
}
