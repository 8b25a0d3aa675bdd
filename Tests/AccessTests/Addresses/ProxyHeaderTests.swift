import Access
import Testing

@Suite("The PROXY header in front of a connection, version 1 and 2")
struct ProxyHeaderTests {
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]

    private static func four(_ text: String, port: Int) -> ProxyHeader.Source {
        .address(Array(text.utf8).withUnsafeBytes { ClientAddress(text: $0) } ?? ClientAddress(four: 0), port: port)
    }

    static func binary(_ command: UInt8, _ family: UInt8, _ block: [UInt8], length: Int? = nil) -> [UInt8] {
        let count = length ?? block.count
        return signature + [command, family, UInt8(count >> 8), UInt8(count & 255)] + block
    }

    private static let block: [UInt8] = [203, 0, 113, 9, 10, 0, 0, 1, 0x9c, 0x40, 1, 0xbb]
    private static let six: [UInt8] =
        [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [9] + [UInt8](repeating: 0, count: 16)
        + [0x9c, 0x40, 1, 0xbb]

    static let good: [([UInt8], ProxyHeader.Source)] = [
        (Array("PROXY TCP4 203.0.113.9 10.0.0.1 40000 443\r\n".utf8), four("203.0.113.9", port: 40000)),
        (Array("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n".utf8), four("0.0.0.0", port: 0)),
        (Array("PROXY TCP6 2001:db8::9 ::1 1 2\r\n".utf8), four("2001:db8::9", port: 1)),
        (Array("PROXY TCP6 ::ffff:203.0.113.9 ::1 1 2\r\n".utf8), four("203.0.113.9", port: 1)),
        (
            Array(
                "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"
                    .utf8), four("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", port: 65535)
        ),
        (Array("PROXY UNKNOWN\r\n".utf8), .unknown), (Array("PROXY UNKNOWN what ever  it is\r\n".utf8), .unknown),
        (binary(0x21, 0x11, block), four("203.0.113.9", port: 40000)),
        (binary(0x21, 0x21, six), four("2001:db8::9", port: 40000)),
        (binary(0x21, 0x11, block + [4, 0, 2, 1, 2, 0x20, 0, 0]), four("203.0.113.9", port: 40000)),
        (binary(0x21, 0x31, [UInt8](repeating: 65, count: 216)), .unknown), (binary(0x21, 0, []), .unknown),
        (binary(0x21, 0, [1, 0, 1, 7]), .unknown), (binary(0x20, 0x11, block), .unknown),
        (binary(0x20, 0, []), .unknown), (binary(0x20, 0xff, [1, 2, 3]), .unknown),
        (summed(block), four("203.0.113.9", port: 40000)),
    ]

    /// With a checksum over all of it.
    private static func summed(_ block: [UInt8], wrong: Bool = false) -> [UInt8] {
        var header = binary(0x21, 0x11, block + [3, 0, 4, 0, 0, 0, 0])
        let place = (header.count - 4)..<header.count
        let sum = header.withUnsafeBytes { ProxyHeader.checksum($0, without: place) } ^ (wrong ? 1 : 0)
        for (index, at) in place.enumerated() { header[at] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - index * 8)) }
        return header
    }

    private static func text(_ line: String) -> [UInt8] { Array(line.utf8) }

    static let bad: [([UInt8], ProxyHeader.Fault)] = [
        (text("GET / HTTP/1.1\r\n"), .signature), (text("PRI * HTTP/2.0\r\n"), .signature), ([0x16, 3, 1], .signature),
        (text("\r\n\r\n\r"), .signature), (text("proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n"), .signature),
        (text("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n"), .text), (text("PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n"), .text),
        (text("PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n"), .text), (text("PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n"), .text),
        (text("PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n"), .text), (text("PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n"), .text),
        (text("PROXY TCP4 1.1.1.1 2.2.2.2 -1 2\r\n"), .text), (text("PROXY TCP4 ::1 ::2 1 2\r\n"), .text),
        (text("PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n"), .text), (text("PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n"), .text),
        (text("PROXY \r\n"), .text), (text("PROXY UNKNOWNX\r\n"), .text), (text("PROXY \n"), .text),
        (text("PROXY UNKNOWN " + String(repeating: "x", count: 93)), .textLength),
        (binary(0x11, 0x11, block), .version), (binary(0x31, 0x11, block), .version), (binary(0x22, 0x11, block), .version),
        (binary(0x21, 0x12, block), .family), (binary(0x21, 0x41, block), .family), (binary(0x21, 0x13, block), .family),
        (binary(0x21, 0x11, block, length: 11), .length), (binary(0x21, 0x21, block), .length),
        (binary(0x21, 0x31, block), .length), (binary(0x21, 0x11, [], length: 65535), .length),
        (binary(0x20, 0x11, [], length: 4097), .length), (binary(0x21, 0x11, block + [1]), .vector),
        (binary(0x21, 0x11, block + [1, 0]), .vector), (binary(0x21, 0x11, block + [1, 0, 2, 1]), .vector),
        (binary(0x21, 0x11, block + [3, 0, 3, 1, 2, 3]), .checksum), (summed(block, wrong: true), .checksum),
    ]

    private func read(_ bytes: [UInt8]) -> ProxyHeader.Step { bytes.withUnsafeBytes(ProxyHeader.read) }

    @Test("a whole header says who it is, wherever it is split, and takes nothing of what follows", arguments: good)
    func whole(_ header: [UInt8], _ source: ProxyHeader.Source) {
        for end in 0..<header.count { #expect(read(Array(header[..<end])) == .more, "the first \(end) bytes") }
        #expect(read(header) == .complete(header.count, source))
        #expect(read(header + Array("GET / HTTP/1.1\r\n\r\n".utf8)) == .complete(header.count, source))
    }

    @Test("what is wrong is refused for the same reason wherever it is split, and stays refused", arguments: bad)
    func wrong(_ header: [UInt8], _ fault: ProxyHeader.Fault) {
        #expect(read(header) == .failed(fault))
        var isRefused = false
        for end in 0...header.count {
            let step = read(Array(header[..<end]))
            if isRefused { #expect(step == .failed(fault)) }
            if step == .more {} else { isRefused = true; #expect(step == .failed(fault)) }
        }
        #expect(isRefused)
    }

    @Test("the checksum is CRC32C: that of \"123456789\" is the known one")
    func checksum() {
        #expect(Array("123456789".utf8).withUnsafeBytes { ProxyHeader.checksum($0, without: 0..<0) } == 0xe306_9283)
    }

    @Test("nothing that comes is a reason to stop, nor to wait beyond the bounds")
    func anything() {
        var random = Seeded(seed: 0x9a0)
        let seeds = Self.good.map(\.0) + Self.bad.map(\.0)
        for _ in 0..<30_000 {
            var bytes = seeds[Int(random.next() % UInt64(seeds.count))]
            for _ in 0..<Int(random.next() % 4) where !bytes.isEmpty {
                let at = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
                default: bytes = Array(bytes[..<at])
                }
            }
            let step = read(bytes)
            if case .complete(let count, _) = step { #expect(count <= bytes.count) }
            bytes += [UInt8](repeating: 0x41, count: 16 + ProxyHeader.longestBlock)
            #expect(read(bytes) != .more)
        }
    }
}
