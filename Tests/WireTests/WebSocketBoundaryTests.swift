import Testing
import Wire

@Suite("where a WebSocket frame ends")
struct WebSocketBoundaryTests {
    private static func frame(_ payload: Int, masked: Bool, wide: Int = 0) -> [UInt8] {
        let mask: UInt8 = masked ? 0x80 : 0
        var bytes: [UInt8] = [0x82]
        if wide == 8 || payload > 65_535 {
            bytes += [mask | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload >> (56 - 8 * $0)) }
        } else if wide == 2 || payload > 125 {
            bytes += [mask | 126, UInt8(payload >> 8), UInt8(payload & 255)]
        } else {
            bytes += [mask | UInt8(payload)]
        }
        return bytes + (masked ? [0x88, 0x02, 0x88, 0x02] : []) + [UInt8](repeating: 0x88, count: payload)
    }

    @Test(
        "only there is a boundary, in pieces of any size, for every form of a length",
        arguments: [(0, 0), (1, 0), (125, 0), (126, 0), (65_535, 0), (65_536, 0), (5, 2), (5, 8), (0, 8)])
    func boundaries(payload: Int, wide: Int) {
        for masked in [false, true] {
            let one = Self.frame(payload, masked: masked, wide: wide)
            let bytes = one + one + [0x89, 0]
            let ends = [0, one.count, 2 * one.count, bytes.count]
            for size in [1, 2, 3, 7, 1000, bytes.count] {
                var boundary = WebSocketBoundary()
                for start in stride(from: 0, to: bytes.count, by: size) {
                    let end = min(start + size, bytes.count)
                    bytes[start..<end].withUnsafeBytes { boundary.take($0) }
                    if boundary.isAtBoundary != ends.contains(end) {
                        Issue.record("after \(end) of \(bytes.count), pieces of \(size), masked \(masked)")
                        return
                    }
                }
            }
        }
    }

    @Test("a length beyond all measure does not trap")
    func endless() {
        var boundary = WebSocketBoundary()
        ([0x82, 0x7f] + [UInt8](repeating: 0xff, count: 8)).withUnsafeBytes { boundary.take($0) }
        [UInt8](repeating: 1, count: 1000).withUnsafeBytes { boundary.take($0) }
        #expect(!boundary.isAtBoundary)
    }

    @Test(
        "a close frame is not masked and carries its code",
        arguments: [(1000, [0x03, 0xe8]), (1012, [0x03, 0xf4])] as [(UInt16, [UInt8])])
    func close(code: UInt16, bytes: [UInt8]) {
        #expect(WebSocketBoundary.close(code: code) == [0x88, 0x02] + bytes)
    }
}
