/// Listens to the frames of an OpenClaw gateway (RFC 6455 5.2) for the event `shutdown`, by which it says that it goes
/// away. A close says nothing of the gateway: whoever is told to close repeats the code (5.5.1), so that may be a
/// client's choice. The frames pass on unchanged.
package struct WebSocketNotice: Sendable {
    package struct Shutdown: Sendable, Equatable {
        /// Milliseconds that it expects to need, where it says so.
        package let restart: Int?

        package init(restart: Int?) { self.restart = restart }
    }

    /// Frames of other kinds pass unread.
    private static let textFrame: UInt8 = 1

    /// As much of a frame is looked at. A `shutdown` event is short.
    private static let looked = 256
    private static let event = Array("\"shutdown\"".utf8)
    private static let expected = Array("\"restartExpectedMs\"".utf8)

    private var header: [UInt8] = []
    private var left: UInt64 = 0
    private var opcode: UInt8 = 0
    private var opening: [UInt8] = []

    package init() {}

    /// Takes bytes that the gateway sent; answers with the first notice in them.
    package mutating func take(_ bytes: UnsafeRawBufferPointer) -> Shutdown? {
        var found: Shutdown?
        var at = 0
        while at < bytes.count {
            if left > 0 {
                let step = Int(min(left, UInt64(bytes.count - at)))
                if opening.count < Self.looked, opcode == Self.textFrame {
                    opening += bytes[at..<(at + min(step, Self.looked - opening.count))]
                }
                left -= UInt64(step)
                at += step
                if left == 0, found == nil { found = notice() }
                continue
            }
            header.append(bytes[at])
            at += 1
            beginPayload()
        }
        return found
    }

    private mutating func beginPayload() {
        guard header.count >= 2 else { return }
        let short = header[1] & 0x7f
        let lengthBytes = short == 126 ? 2 : short == 127 ? 8 : 0
        guard header.count == 2 + lengthBytes + (header[1] & 0x80 != 0 ? 4 : 0) else { return }
        left =
            lengthBytes == 0
            ? UInt64(short) : header[2..<(2 + lengthBytes)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        opcode = header[0] & 0x0f
        opening.removeAll(keepingCapacity: true)
        header.removeAll(keepingCapacity: true)
    }

    private func notice() -> Shutdown? {
        guard opcode == Self.textFrame, Self.position(of: Self.event, in: opening) != nil, isShutdown else {
            return nil
        }
        guard let at = Self.position(of: Self.expected, in: opening) else { return Shutdown(restart: nil) }
        let digits = opening[at...].drop { !(0x30...0x39).contains($0) }.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.count < 10 else { return Shutdown(restart: nil) }
        return Shutdown(restart: digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
    }

    /// The frame's own event is meant: anywhere else the word may be a client's, as the id of a request is.
    private var isShutdown: Bool {
        var scanner = JSONStringScanner([Array("type".utf8), Array("event".utf8)])
        _ = opening.withUnsafeBytes { scanner.take($0) }
        guard let event = scanner.values[1], event.elementsEqual("shutdown".utf8) else { return false }
        return scanner.values[0]?.elementsEqual("event".utf8) ?? true
    }

    /// Where `words` end in `text`.
    private static func position(of words: [UInt8], in text: [UInt8]) -> Int? {
        guard text.count >= words.count else { return nil }
        for start in 0...(text.count - words.count) where text[start] == words[0] {
            if text[start..<(start + words.count)].elementsEqual(words) { return start + words.count }
        }
        return nil
    }
}
