internal import Wire

/// Our member of `Cache-Status`: what the cache did for this answer (RFC 9211).
package struct CacheStatusText: Sendable, Equatable {
    /// Why the request went on to an agent (RFC 9211 2.2).
    package enum Forwarded: String, Sendable, CaseIterable {
        case bypass, method
        case uriMiss = "uri-miss"
        case varyMiss = "vary-miss"
        case miss, request, stale, partial
    }

    package static let cache = "clawproxy"

    /// Nothing was asked of an agent.
    package var isHit = false
    package var forwarded: Forwarded?
    /// The agent's status, where it is not the one that the client gets.
    package var forwardedStatus: Int?
    package var isStored = false
    package var isCollapsed = false
    /// Seconds of freshness that are left; negative: stale for so long.
    package var ttl: Int64?
    package var key: [UInt8] = []
    /// Which layer answered, or why nothing was stored: a token.
    package var detail = ""

    package init() {}

    package static func hit(ttl: Int64, detail: String) -> CacheStatusText {
        var text = CacheStatusText()
        text.isHit = true
        text.ttl = ttl
        text.detail = detail
        return text
    }

    package static func forwarded(_ reason: Forwarded) -> CacheStatusText {
        var text = CacheStatusText()
        text.forwarded = reason
        return text
    }

    /// The field line, with its CR LF.
    package func line() -> [UInt8] {
        var bytes = Array("Cache-Status: \(Self.cache)".utf8)
        if isHit { bytes += "; hit".utf8 }
        if let forwarded { bytes += "; fwd=\(forwarded.rawValue)".utf8 }
        if let forwardedStatus { bytes += "; fwd-status=\(forwardedStatus)".utf8 }
        if isStored { bytes += "; stored".utf8 }
        if isCollapsed { bytes += "; collapsed".utf8 }
        if let ttl { bytes += "; ttl=\(ttl)".utf8 }
        if !key.isEmpty {
            bytes += "; key=\"".utf8
            Self.append(key, to: &bytes)
            bytes.append(0x22)
        }
        if !detail.isEmpty {
            bytes += "; detail=".utf8
            Self.appendDetail(Array(detail.utf8), to: &bytes)
        }
        return bytes + [13, 10]
    }

    /// A token where it can be one, else a string.
    private static func appendDetail(_ detail: [UInt8], to bytes: inout [UInt8]) {
        guard let first = detail.first, ByteClass.lower(first) &- 0x61 < 26, detail.allSatisfy(ByteClass.isToken) else {
            bytes.append(0x22)
            append(detail, to: &bytes)
            bytes.append(0x22)
            return
        }
        bytes += detail
    }

    /// The content of a string (RFC 9651 4.1.6): quotes and backslashes escaped, what is not ASCII as a question mark.
    private static func append(_ text: [UInt8], to bytes: inout [UInt8]) {
        for byte in text {
            if byte == 0x22 || byte == 0x5c { bytes.append(0x5c) }
            bytes.append(byte >= 0x20 && byte < 0x7f ? byte : 0x3f)
        }
    }
}
