internal import Wire

/// Who a request comes from, where trusted peers tell it: their lists are walked from the right, that is from this proxy
/// towards the client, for as long as whoever wrote an entry is trusted.
///
/// What is told to the left of the first address that is not trusted, anybody may have made up. An entry that is no
/// address (`unknown`, an obfuscated `_name`, rubbish; RFC 7239 6.2, 6.3) ends the walk too: the last address that is
/// known is the answer.
package struct ForwardedChain {
    /// More hops than these are not looked at: nobody has them but who plays games.
    package static let most = 64

    /// The address so far; nil until an entry was one.
    package private(set) var address: ClientAddress?
    private var isOver = false
    private var hops = 0
    private let isTrusted: (ClientAddress) -> Bool

    /// The lines of one field must be given from the last one to the first (RFC 9110 5.3).
    package init(isTrusted: @escaping (ClientAddress) -> Bool) {
        self.isTrusted = isTrusted
    }

    /// A line of `X-Forwarded-For`: addresses, perhaps with ports and brackets, between commas.
    package mutating func take(list: UnsafeRawBufferPointer) {
        var end = list.count
        while !isOver {
            var start = end
            while start > 0, list[start - 1] != 0x2c { start -= 1 }
            let entry = UnsafeRawBufferPointer(rebasing: list[start..<end]).trimmed
            // empty members are none (RFC 9110 5.6.1.2)
            if entry.count > 0 { hop(Self.node(entry)) }
            if start == 0 { return }
            end = start - 1
        }
    }

    /// A line of `Forwarded` (RFC 7239 4): elements between commas, of pairs between semicolons; values may be quoted.
    package mutating func take(forwarded line: UnsafeRawBufferPointer) {
        // from the right, as whoever stands further left may have left a quote open to spoil what follows it
        var end = line.count
        while !isOver {
            var start = end
            var isQuoted = false
            while start > 0, line[start - 1] != 0x2c || isQuoted {
                start -= 1
                if line[start] == 0x22, !Self.isEscaped(start, line) { isQuoted.toggle() }
            }
            // what is quoted and never began tells nothing that can be relied on
            if isQuoted { return isOver = true }
            let element = UnsafeRawBufferPointer(rebasing: line[start..<end]).trimmed
            if element.count > 0 { hop(Self.node(ofElement: element)) }
            if start == 0 { return }
            end = start - 1
        }
    }

    /// An odd number of backslashes stands before it.
    private static func isEscaped(_ at: Int, _ line: UnsafeRawBufferPointer) -> Bool {
        var first = at
        while first > 0, line[first - 1] == 0x5c { first -= 1 }
        return (at - first) & 1 == 1
    }

    private mutating func hop(_ found: ClientAddress?) {
        hops += 1
        guard let found, hops <= Self.most else { return isOver = true }
        address = found
        if !isTrusted(found) { isOver = true }
    }

    /// The `for` of an element; nil where it is missing, or no address.
    private static func node(ofElement element: UnsafeRawBufferPointer) -> ClientAddress? {
        var start = 0
        var isQuoted = false
        var at = 0
        while at <= element.count {
            let byte = at < element.count ? element[at] : 0x3b
            if byte == 0x22 {
                isQuoted.toggle()
            } else if byte == 0x5c, isQuoted {
                at += 1
            } else if byte == 0x3b, !isQuoted || at >= element.count {
                let pair = UnsafeRawBufferPointer(rebasing: element[start..<min(at, element.count)]).trimmed
                if pair.count > 4, pair.isPrefixedCaseless("for="), let value = unquoted(pair) { return node(value) }
                start = at + 1
            }
            at += 1
        }
        return nil
    }

    /// The value of `for=value` or `for="value"`. An address needs no escapes, so one that has any is none.
    private static func unquoted(_ pair: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let value = UnsafeRawBufferPointer(rebasing: pair[4...])
        guard value.first == 0x22 else { return value }
        guard value.count >= 2, value[value.count - 1] == 0x22 else { return nil }
        return UnsafeRawBufferPointer(rebasing: value[1..<(value.count - 1)])
    }

    /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`, quoted or not.
    package static func node(_ text: UnsafeRawBufferPointer) -> ClientAddress? {
        var text = text
        if text.count >= 2, text.first == 0x22, text.last == 0x22 {
            text = UnsafeRawBufferPointer(rebasing: text[1..<(text.count - 1)])
        }
        if text.first == 0x5b {
            guard let close = text.firstIndex(of: 0x5d), isPort(text[(close + 1)...]) else { return nil }
            guard let six = ClientAddress(text: UnsafeRawBufferPointer(rebasing: text[1..<close])) else { return nil }
            // IPv4 does not stand in brackets, but in its mapped form
            return text[1..<close].contains(0x3a) ? six : nil
        }
        if let colon = text.firstIndex(of: 0x3a), colon == text.lastIndex(of: 0x3a) {
            guard isPort(text[colon...]) else { return nil }
            text = UnsafeRawBufferPointer(rebasing: text[..<colon])
        }
        return ClientAddress(text: text)
    }

    /// Nothing, or a colon and a port; of RFC 7239 6.3 that may be an obfuscated one too (`_name`).
    private static func isPort(_ rest: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard let colon = rest.first else { return true }
        let port = rest.dropFirst()
        guard colon == 0x3a, let first = port.first, port.count <= 64 else { return false }
        if first == 0x5f {
            return port.count > 1
                && port.dropFirst().allSatisfy { ByteClass.isToken($0) }
        }
        return port.count <= 5 && port.allSatisfy { ByteClass.isDigit($0) }
    }
}
