/// A request method, as far as forwarding must know it (RFC 9110 9).
package enum Method: UInt8, Sendable {
    case get, head, post, put, delete, options, patch, trace, connect, other

    /// Repeating such a request changes nothing more (RFC 9110 9.2.2).
    @inline(__always)
    package var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .connect, .other: false
        }
    }

    /// Methods are case-sensitive (RFC 9110 9.1).
    package init(_ name: UnsafeRawBufferPointer) {
        switch name.count {
        case 3: self = name.isExactly("GET") ? .get : name.isExactly("PUT") ? .put : .other
        case 4: self = name.isExactly("POST") ? .post : name.isExactly("HEAD") ? .head : .other
        case 5: self = name.isExactly("PATCH") ? .patch : name.isExactly("TRACE") ? .trace : .other
        case 6: self = name.isExactly("DELETE") ? .delete : .other
        case 7: self = name.isExactly("OPTIONS") ? .options : name.isExactly("CONNECT") ? .connect : .other
        default: self = .other
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes are exactly these.
    @inline(__always)
    package func isExactly(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for at in 0..<count where self[at] != text.utf8Start[at] { return false }
        return true
    }

    /// The bytes are these but for the case of letters; `lowercased` is written in lower case.
    @inline(__always)
    package func isCaseless(_ lowercased: StaticString) -> Bool {
        guard count == lowercased.utf8CodeUnitCount else { return false }
        for at in 0..<count where ByteClass.lower(self[at]) != lowercased.utf8Start[at] { return false }
        return true
    }

    /// The same bytes but for the case of letters.
    package func isCaseless(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        for at in 0..<count where ByteClass.lower(self[at]) != ByteClass.lower(other[at]) { return false }
        return true
    }

    /// The bytes as text, for logs and errors; invalid UTF-8 is repaired.
    package var text: String { String(decoding: self, as: UTF8.self) }

    /// Without the spaces and tabs at both ends.
    package var trimmed: UnsafeRawBufferPointer {
        var low = 0
        var high = count
        while low < high, ByteClass.isBlank(self[low]) { low += 1 }
        while high > low, ByteClass.isBlank(self[high - 1]) { high -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[low..<high])
    }

    /// Calls `body` with each member of a comma-separated list (RFC 9110 5.6.1), blanks removed, empty members too.
    package func forEachListMember(_ body: (UnsafeRawBufferPointer) -> Void) {
        var start = 0
        for at in 0...count where at == count || self[at] == 0x2c {
            body(UnsafeRawBufferPointer(rebasing: self[start..<at]).trimmed)
            start = at + 1
        }
    }
}
