import Telemetry
import Testing

@Suite("A line buffer writes numbers and bytes as they are")
struct LineBufferTests {
    @Test(
        "whole numbers",
        arguments: [
            0, 1, 9, 10, 99, 100, 12_345, -1, -10, 999_999_999_999_999_999, 1_000_000_000_000_000_000, Int.max, Int.min,
        ])
    func decimal(number: Int) {
        var buffer = LineBuffer()
        buffer.append(decimal: number)
        #expect(buffer.text == String(number))
    }

    @Test(
        "durations in milliseconds, never negative",
        arguments: [
            (0, "0.000"), (999, "0.000"), (1_000, "0.001"), (12_345_678, "12.345"), (1_000_000_000, "1000.000"),
            (-5, "0.000"),
        ] as [(Int64, String)])
    func milliseconds(nanoseconds: Int64, text: String) {
        var buffer = LineBuffer()
        buffer.append(milliseconds: nanoseconds)
        #expect(buffer.text == text)
    }

    @Test("it grows, is emptied, and is used again")
    func growth() {
        var buffer = LineBuffer(capacity: 64)
        let piece = [UInt8](repeating: 0x61, count: 1000)
        for _ in 0..<1000 { buffer.append(piece) }
        #expect(buffer.count == 1_000_000)
        #expect(buffer.bytes.allSatisfy { $0 == 0x61 })
        buffer.removeAll()
        #expect(buffer.count == 0)
        buffer.append("x")
        buffer.append(text: "yz")
        #expect(buffer.text == "xyz")
        buffer.truncate(to: 1)
        #expect(buffer.text == "x")
    }
}
