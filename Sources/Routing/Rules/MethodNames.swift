internal import Wire

/// Methods as rules write them.
enum MethodNames {
    private static let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"]

    /// Methods are case-sensitive (RFC 9110 9.1), but nobody who writes `get` means another one than GET.
    static func spelled(_ text: String) -> String {
        let upper = text.uppercased()
        return known.contains(upper) ? upper : text
    }

    static func method(_ text: String) -> Method {
        var name = spelled(text)
        return name.withUTF8 { Method(UnsafeRawBufferPointer($0)) }
    }
}
