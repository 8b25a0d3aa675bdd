internal import COpenSSL

/// Keys of session tickets: the first one makes tickets, all of them are taken.
///
/// `Sendable`, because it never changes.
final class TLSTicketKeys: @unchecked Sendable {
    let keys: UnsafeMutablePointer<claw_ticket_key>
    let count: Int

    /// More keys than this only slow down handshakes with foreign tickets.
    static let most = 16

    private init(_ given: [claw_ticket_key]) {
        count = given.count
        keys = .allocate(capacity: max(given.count, 1))
        keys.initialize(from: given, count: given.count)
    }

    deinit {
        OPENSSL_cleanse(keys, count * MemoryLayout<claw_ticket_key>.stride)
        keys.deallocate()
    }

    /// A new key of this process, and some of those before, whose tickets are still about.
    convenience init(random before: TLSTicketKeys?, kept: Int = 2) throws(TLSFailure) {
        var bytes = [UInt8](repeating: 0, count: 80)
        guard RAND_bytes(&bytes, 80) == 1 else { throw .noMemory }
        let older = before.map { Array(UnsafeBufferPointer(start: $0.keys, count: min($0.count, kept))) } ?? []
        self.init([Self.key(bytes)] + older)
    }

    /// From a file: lines of base64 or hexadecimal, or the bytes of one key. Empty lines and those with `#` count for
    /// nothing.
    convenience init(file: String) throws(TLSFailure) {
        let bytes = try TLSFiles.read(file, "ticketKeys")
        guard let keys = Self.parse(bytes) else {
            throw TLSFiles.unusable(
                file, "ticketKeys",
                "is no list of ticket keys (1 to \(Self.most) lines of 48 or 80 bytes each, as `openssl rand -hex 80` "
                    + "makes)")
        }
        self.init(keys)
    }

    static func parse(_ bytes: [UInt8]) -> [claw_ticket_key]? {
        if bytes.count == 48 || bytes.count == 80 { return [key(bytes)] }
        var keys: [claw_ticket_key] = []
        for line in bytes.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
            let text = line.filter { $0 != 0x20 && $0 != 0x09 }
            if text.isEmpty || text[0] == UInt8(ascii: "#") { continue }
            guard let found = hex(text) ?? base64(text), found.count == 48 || found.count == 80 else { return nil }
            keys.append(key(found))
        }
        return (1...most).contains(keys.count) ? keys : nil
    }

    /// As nginx lays them out: 16 bytes of name, then 16 and 16 (HMAC, AES-128) or 32 and 32 (HMAC, AES-256).
    private static func key(_ bytes: [UInt8]) -> claw_ticket_key {
        var key = claw_ticket_key()
        let part = bytes.count == 80 ? 32 : 16
        withUnsafeMutableBytes(of: &key.name) { $0.copyBytes(from: bytes[0..<16]) }
        withUnsafeMutableBytes(of: &key.hmac) { $0.copyBytes(from: bytes[16..<(16 + part)]) }
        withUnsafeMutableBytes(of: &key.aes) { $0.copyBytes(from: bytes[(16 + part)..<(16 + 2 * part)]) }
        key.hmacCount = CInt(part)
        key.aesCount = CInt(part)
        return key
    }

    private static func hex(_ text: [UInt8]) -> [UInt8]? {
        guard text.count == 96 || text.count == 160 else { return nil }
        var bytes: [UInt8] = []
        for at in stride(from: 0, to: text.count, by: 2) {
            guard let high = digit(text[at]), let low = digit(text[at + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    private static func base64(_ text: [UInt8]) -> [UInt8]? {
        guard text.count % 4 == 0, text.count <= 256 else { return nil }
        var bytes = [UInt8](repeating: 0, count: text.count / 4 * 3)
        let count = EVP_DecodeBlock(&bytes, text, CInt(text.count))
        OpenSSLErrors.clear()
        guard count >= 0 else { return nil }
        let padding = text.suffix(2).count { $0 == UInt8(ascii: "=") }
        return Array(bytes.prefix(max(0, Int(count) - padding)))
    }
}
