internal import Foundation
internal import Testing
internal import Wire

@Suite("mutated messages")
struct MutationTests {
    private static let pieces: [[UInt8]] = [
        "\r\n", "\n", "\r", "\0", " ", "\t", ":", ",", "0", "chunked", "Transfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\n", "\r\n\r\n",
        "Host: a\r\n", "Connection: close\r\n", "HTTP/1.0", "HTTP/1.1", "ffffffffffffffff", ";a=b",
        "GET / HTTP/1.1\r\n", "\u{7f}",
    ].map { Array($0.utf8) }

    /// No crash, no hang, and the cut input gives the events of the whole one.
    @Test("never crash, and do not depend on how they are cut")
    func mutations() throws {
        let seconds = ProcessInfo.processInfo.environment["CLAWPROXY_FUZZ_SECONDS"].flatMap(Double.init) ?? 3
        let requests = try Corpus.requestFiles.flatMap { try Corpus.rows($0) }.map(\.bytes)
        let answers = try Corpus.rows("llhttp-responses").map(\.bytes)
        let seed = UInt64(ProcessInfo.processInfo.environment["CLAWPROXY_FUZZ_SEED"] ?? "") ?? 20_261_120
        var random = Seeded(seed: seed)
        let end = ContinuousClock.now + .seconds(seconds)
        var tried = 0
        while ContinuousClock.now < end {
            let side: WireDriver.Side = random.below(3) == 0 ? .answers : .requests
            let source = side == .answers ? answers : requests
            let bytes = mutate(source[random.below(source.count)], &random)
            let cuts = (0..<(1 + random.below(5))).map { _ in 1 + random.below(bytes.count) }.sorted()
            let whole = WireDriver.events(bytes, side, cuts: [])
            let cut = WireDriver.events(bytes, side, cuts: cuts)
            if whole != cut {
                Issue.record(
                    "seed \(seed), try \(tried), cuts \(cuts): \(String(decoding: bytes, as: UTF8.self).debugDescription)"
                )
                return
            }
            tried += 1
        }
        #expect(tried > 100, "seed \(seed)")
    }

    private func mutate(_ original: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = original
        for _ in 0...random.below(4) {
            let at = random.below(bytes.count + 1)
            switch random.below(5) {
            case 0 where at < bytes.count: bytes[at] = UInt8(truncatingIfNeeded: random.next())
            case 1 where at < bytes.count: bytes.remove(at: at)
            case 2: bytes.insert(contentsOf: Self.pieces[random.below(Self.pieces.count)], at: at)
            case 3 where at < bytes.count: bytes.removeSubrange(at..<min(bytes.count, at + random.below(20)))
            default:
                let other = random.below(bytes.count + 1)
                bytes.insert(contentsOf: bytes[min(at, other)..<max(at, other)].prefix(200), at: at)
            }
        }
        return bytes
    }
}
