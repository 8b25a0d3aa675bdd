package import Settings

/// What a client asks for, as people write it: `http://host/path?query`.
package struct CacheAddress: SettingValue, Hashable {
    package let isTLS: Bool
    /// `example.com` or `example.com:8443`, lower case.
    package let authority: String
    /// Path and query; at least `/`.
    package let target: String

    package init?(_ text: String) {
        guard text.utf8.count <= 8192 else { return nil }
        let rest: Substring
        if text.hasPrefix("http://") {
            rest = text.dropFirst(7)
            isTLS = false
        } else if text.hasPrefix("https://") {
            rest = text.dropFirst(8)
            isTLS = true
        } else {
            return nil
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let host = rest[..<end]
        let path = rest[end...]
        let isHost = !host.isEmpty && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !Self.refused.contains($0) }
        // what no request line can hold (RFC 9112 3.2), and fragments, which are never sent
        let isTarget = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
        guard isHost, isTarget else { return nil }
        authority = host.lowercased()
        target = path.hasPrefix("/") ? String(path) : "/" + path
    }

    /// Of parts that came in a request's head, which were checked when it was read.
    package init(isTLS: Bool = false, authority: String, target: String) {
        self.isTLS = isTLS
        self.authority = authority.lowercased()
        self.target = target
    }

    /// Userinfo is refused, and what stands in no host.
    private static let refused = Array("@\\\"<>^`{|}#".utf8)

    package var spelling: String { (isTLS ? "https://" : "http://") + authority + target }
    package var text: String { JSONText.quoted(spelling) }

    package static var shape: Shape {
        .text("address", expected: "an address such as http://example.com/v1/models", example: "http://example.com/")
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> CacheAddress? {
        if let text = node.string, let address = CacheAddress(text) { return address }
        reading.expected(CacheAddress.self, node)
        return nil
    }
}
