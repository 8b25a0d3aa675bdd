internal import NIOCore

/// A question of the proxy's own to an HTTP server: a probe, a report, a look at an API.
package struct HTTPRequest: Sendable {
    package var method = "GET"
    /// Path and query, as they go on the wire.
    package var target: String
    /// Beside `Host`, `Content-Length` and `Connection`, which follow from the rest.
    package var fields: [(name: String, value: String)] = []
    package var body: [UInt8]?
    /// What is read of an answer's body as a whole, at most.
    package var mostBytes = 1 << 20
    /// An answer with a longer body is cut there, instead of being a failure.
    package var cutsLongAnswers = false
    /// Until a connection stands, where that has a limit of its own.
    package var connectWithin: Duration?
    /// The connection is not used again.
    package var closes = false

    package init(_ target: String) { self.target = target }

    package mutating func set(_ name: String, _ value: String) {
        fields.removeAll { $0.name.lowercased() == name.lowercased() }
        fields.append((name, value))
    }

    /// May be asked twice without harm (RFC 9110 9.2.2), as where a kept connection has just been closed.
    var isRepeatable: Bool { ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].contains(method) }

    func bytes(authority: String) -> ByteBuffer {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: \(Self.line(authority))\r\n"
        for field in fields { text += "\(field.name): \(Self.line(field.value))\r\n" }
        if let body { text += "Content-Length: \(body.count)\r\n" }
        text += closes ? "Connection: close\r\n\r\n" : "\r\n"
        var buffer = ByteBuffer()
        buffer.reserveCapacity(text.utf8.count + (body?.count ?? 0))
        buffer.writeString(text)
        if let body { buffer.writeBytes(body) }
        return buffer
    }

    /// Values come from files and variables, and may end in a line feed: no control character goes on the wire.
    private static func line(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return value }
        return String(String.UnicodeScalarView(value.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }))
    }
}
