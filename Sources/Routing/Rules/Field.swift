internal import Wire

/// Header fields as rules write them.
enum Field {
    /// RFC 9110 5.1.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(ByteClass.isToken)
    }

    /// RFC 9110 5.5: no control characters but tabs; above all no line break and no NUL.
    static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }
    }

    static func lower(_ text: String) -> [UInt8] { text.utf8.map(ByteClass.lower) }

    /// Without the blanks at both ends, which are no part of a value.
    static func trimmed(_ text: String) -> String {
        var text = text
        return text.withUTF8 { UnsafeRawBufferPointer($0).trimmed.text }
    }

    /// Why a rule may neither set nor remove the field; nil where it may.
    static func refusal(_ lowercased: String, isRequest: Bool, isRemoved: Bool) -> String? {
        switch lowercased {
        case "content-length", "transfer-encoding", "trailer":
            "frames the message (RFC 9112 6) and is written by the proxy itself"
        case "connection", "keep-alive", "proxy-connection", "te", "upgrade", "http2-settings", "proxy-authenticate",
            "proxy-authorization":
            "concerns one connection only (RFC 9110 7.6.1) and is written by the proxy itself"
        case "expect" where isRequest:
            "is answered by the proxy itself (RFC 9110 10.1.1)"
        case "host" where isRequest && isRemoved:
            "must be in every request (RFC 9112 3.2); it can be set"
        case "host" where !isRequest:
            "belongs to requests"
        default:
            nil
        }
    }
}
