import Cache
import NIOCore
import Testing

@Suite("an answer as bytes")
struct EntryCodecTests {
    private static func full(_ body: [UInt8], _ kind: StoredAnswer.Kind = .http) -> StoredAnswer {
        var facts = StoredFacts()
        facts.status = 203
        facts.requested = 1_800_000_000_123
        facts.received = 1_800_000_000_456
        facts.initialAge = 3
        facts.lifetime = 1 << 31
        facts.isHeuristic = true
        facts.hasExplicitLifetime = true
        facts.staleWhileRevalidate = 10
        facts.staleIfError = 300
        facts.mustRevalidate = true
        facts.alwaysRevalidate = true
        facts.immutable = true
        facts.etag = Array("W/\"a\"".utf8)
        facts.lastModified = 0
        facts.date = 1_799_999_999
        facts.vary = [Array("accept".utf8), Array("accept-encoding".utf8)]
        facts.tags = [[], Array("b".utf8)]
        return StoredAnswer(
            facts: facts, reason: Array("Fine".utf8), fields: Array("A: b\r\nC: \r\n".utf8),
            body: ByteBuffer(bytes: body),
            pace: [5, 0, 7, 3], varyValues: [0, 1, 2], key: Array(0...255), kind: kind)
    }

    private static func text(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(ascii: "a") + UInt8($0 / 7 % 26) } }

    private static func noise(_ count: Int) -> [UInt8] {
        var dice = AgentDice(seed: 5)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
    }

    @Test(
        "comes back as it was",
        arguments: [
            full([]), full([1]), full(text(1023)), full(text(1024)), full(text(300_000), .agent(isStream: true)),
            full(noise(5000), .agent(isStream: false)), full(text(10)).softPurged(now: 1_800_000_100_000),
            Kept.answer(Kept.key(1)),
        ])
    func roundTrip(_ answer: StoredAnswer) throws {
        let back = try #require(EntryCodec.decode(EntryCodec.encode(answer)))
        #expect(Kept.isSame(back, answer))
    }

    @Test("is compressed from 1 KiB on, where that wins anything")
    func compression() {
        #expect(EntryCodec.encode(Self.full(Self.text(1023))).count > 1023)
        #expect(EntryCodec.encode(Self.full(Self.text(4096))).count < 1024)
        let noise = EntryCodec.encode(Self.full(Self.noise(4096))).count
        #expect(noise > 4096 && noise < 4096 + 1024)
    }

    @Test("is nothing when any byte of it is another", arguments: [text(200), text(3000)])
    func damaged(_ body: [UInt8]) {
        let bytes = EntryCodec.encode(Self.full(body))
        for place in bytes.indices {
            for flip: UInt8 in [1, 0x80, 0xFF] {
                var other = bytes
                other[place] ^= flip
                #expect(EntryCodec.decode(other) == nil, "byte \(place)")
            }
        }
    }

    @Test("is nothing when it is cut off, or something follows it")
    func cut() {
        let bytes = EntryCodec.encode(Self.full(Self.text(100)))
        for count in 0..<bytes.count { #expect(EntryCodec.decode(Array(bytes[..<count])) == nil) }
        #expect(EntryCodec.decode(bytes + [0]) == nil)
    }

    @Test("harms nobody, whatever it is made of", arguments: 1...20)
    func fuzz(_ seed: Int) {
        var dice = AgentDice(seed: UInt64(seed))
        let bytes = EntryCodec.encode(Self.full(Self.text(dice.below(3000))))
        for _ in 0..<500 {
            var other = bytes
            for _ in 0...dice.below(8) {
                let place = dice.below(other.count)
                other[place] = UInt8(truncatingIfNeeded: dice.next())
                if dice.below(4) == 0 { other.removeSubrange(place..<min(other.count, place + dice.below(40) + 1)) }
                if other.isEmpty { break }
            }
            // as one who knows how to sum up would send it
            if other.count >= 16 { Self.sign(&other) }
            if let answer = EntryCodec.decode(other) { #expect(answer.body.readableBytes <= EntryCodec.mostBody) }
        }
    }

    @Test("that promises more than so few bytes can hold is nothing")
    func bomb() throws {
        let body = [UInt8](repeating: 0, count: 1 << 20)
        var bytes = EntryCodec.encode(Self.full(body))
        let promised = withUnsafeBytes(of: UInt32(1 << 20).littleEndian) { Array($0) }
        let place = try #require(bytes.indices.last { bytes[$0...].starts(with: promised) })
        for count: UInt32 in [1 << 19, 1 << 20 + 1, 1 << 26, .max] {
            withUnsafeBytes(of: count.littleEndian) { bytes.replaceSubrange(place..<place + 4, with: $0) }
            Self.sign(&bytes)
            #expect(EntryCodec.decode(bytes) == nil)
        }
    }

    @Test("of another version is refused")
    func versions() {
        var bytes = EntryCodec.encode(Self.full([1]))
        bytes[8] = EntryCodec.version + 1
        Self.sign(&bytes)
        #expect(EntryCodec.decode(bytes) == nil)
    }

    @Test(
        "cannot bring a second head",
        arguments: ["A: b\r\n\r\n", "A: b", "A: b\n", "\r\n", "A\0: b\r\n", "A: b\rC: d\r\n"])
    func smuggled(_ fields: String) {
        let answer = StoredAnswer(facts: StoredFacts(), fields: Array(fields.utf8), body: ByteBuffer(), key: [1])
        #expect(EntryCodec.decode(EntryCodec.encode(answer)) == nil)
    }

    /// Length and checksum (CRC-32, bit by bit) as they must be.
    private static func sign(_ bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { bytes.replaceSubrange(12..<16, with: $0) }
        var sum = UInt32.max
        for byte in bytes[8...] {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        withUnsafeBytes(of: (~sum).littleEndian) { bytes.replaceSubrange(4..<8, with: $0) }
    }
}
