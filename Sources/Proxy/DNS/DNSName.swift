/// The name of a host or service as DNS has it: labels of bytes, letters in lower case (RFC 1035, 2.3 and 3.1).
package struct DNSName: Sendable, Hashable, CustomStringConvertible {
    /// Longest label and longest name, in bytes on the wire (RFC 1035, 2.3.4).
    package static let longestLabel = 63
    package static let longestName = 255

    /// Without the root's empty label.
    package let labels: [[UInt8]]

    /// Labels from the wire, which may hold any byte; nil where they are longer than names may be.
    package init?(labels: [[UInt8]]) {
        guard labels.allSatisfy({ (1...Self.longestLabel).contains($0.count) }),
            labels.reduce(1, { $0 + $1.count + 1 }) <= Self.longestName
        else { return nil }
        self.labels = labels.map { $0.map(Self.lowered) }
    }

    /// A name as people write it: letters, digits, hyphens and underscores between dots, with or without a last dot.
    package init?(_ text: some StringProtocol) {
        var bytes = Array(text.utf8)[...]
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 == UInt8(ascii: ".") || Self.isWritten($0) }) else { return nil }
        self.init(labels: bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init))
    }

    package static let root = DNSName()

    private init() { labels = [] }

    /// This name with a domain behind it.
    package func under(_ domain: DNSName) -> DNSName? { DNSName(labels: labels + domain.labels) }

    /// How many bytes it takes on the wire.
    package var wireCount: Int { labels.reduce(1) { $0 + $1.count + 1 } }

    /// Without a last dot; what nobody writes in a name as `\DDD` (RFC 1035, 5.1).
    package var description: String {
        if labels.isEmpty { return "." }
        return labels.map { label in
            label.reduce(into: "") { text, byte in
                if Self.isWritten(byte) {
                    text.unicodeScalars.append(Unicode.Scalar(byte))
                } else {
                    let digits = String(byte)
                    text += "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
                }
            }
        }.joined(separator: ".")
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func isWritten(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
