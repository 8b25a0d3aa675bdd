/// Follows WebSocket frames (RFC 6455 5.2) through bytes that pass on unchanged, to know where a frame ends: only there
/// can the proxy put in a close frame of its own.
package struct WebSocketBoundary {
    private var headerBytes = 0
    private var needed = 2
    private var lengthBytes = 0
    private var payload: UInt64 = 0
    private var masked = false
    private var left: UInt64 = 0

    package init() {}

    /// The bytes so far end with a whole frame.
    package var isAtBoundary: Bool { left == 0 && headerBytes == 0 }

    package mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var at = 0
        while at < bytes.count {
            if left > 0 {
                let step = Int(min(left, UInt64(bytes.count - at)))
                left -= UInt64(step)
                at += step
                continue
            }
            header(bytes[at])
            at += 1
        }
    }

    private mutating func header(_ byte: UInt8) {
        headerBytes += 1
        if headerBytes == 2 {
            masked = byte & 0x80 != 0
            let short = byte & 0x7f
            lengthBytes = short == 126 ? 2 : short == 127 ? 8 : 0
            payload = lengthBytes == 0 ? UInt64(short) : 0
            needed = 2 + lengthBytes + (masked ? 4 : 0)
        } else if headerBytes > 2, headerBytes <= 2 + lengthBytes {
            payload = payload << 8 | UInt64(byte)
        }
        if headerBytes >= 2, headerBytes == needed {
            left = payload
            headerBytes = 0
            needed = 2
            payload = 0
        }
    }

    /// An unmasked close frame, as a server sends it, with this code (RFC 6455 7.4.1); 1012 is "service restart".
    package static func close(code: UInt16) -> [UInt8] { [0x88, 0x02, UInt8(code >> 8), UInt8(code & 0xff)] }
}
