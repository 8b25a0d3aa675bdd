/// `host [":" port]` of a Host field or an absolute target (RFC 9110 7.2, RFC 3986 3.2).
package enum Authority {
    /// A name, an IPv4 address or a bracketed IPv6 address, with or without a port; userinfo never.
    package static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count > 0 else { return false }
        var at = 0
        if text[0] == 0x5b {
            at = 1
            while at < text.count, ByteClass.hex(text[at]) != 255 || text[at] == 0x3a || text[at] == 0x2e { at += 1 }
            guard at < text.count, text[at] == 0x5d, at > 2 else { return false }
            at += 1
        } else {
            while at < text.count, ByteClass.isHost(text[at]), text[at] != 0x3a { at += 1 }
            guard at > 0 else { return false }
        }
        if at == text.count { return true }
        guard text[at] == 0x3a, text.count - at <= 6 else { return false }
        for digit in (at + 1)..<text.count where !ByteClass.isDigit(text[digit]) { return false }
        return true
    }

    /// The host without its port.
    package static func host(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let colon = text.lastIndex(of: 0x3a) else { return text }
        if let bracket = text.lastIndex(of: 0x5d), bracket > colon { return text }
        return UnsafeRawBufferPointer(rebasing: text[0..<colon])
    }
}
