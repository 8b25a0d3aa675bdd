import Telemetry
import Testing

@Suite("The wall clock is shown as RFC 3339 in UTC with milliseconds")
struct ClockTextTests {
    @Test(
        "known instants",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"), (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (1_735_689_599_000, "2024-12-31T23:59:59.000Z"), (1_735_689_600_000, "2025-01-01T00:00:00.000Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
            (Int64.min, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func known(milliseconds: Int64, text: String) {
        var clock = ClockText()
        var buffer = LineBuffer()
        clock.append(unixMilliseconds: milliseconds, to: &buffer)
        #expect(buffer.text == text)
    }

    @Test("the kept second follows the clock, forwards and backwards")
    func keptSecond() {
        var clock = ClockText()
        for milliseconds: Int64 in [1_000, 1_999, 2_000, 1_500, 61_000, -500, 1_000] {
            var kept = LineBuffer()
            clock.append(unixMilliseconds: milliseconds, to: &kept)
            var fresh = ClockText()
            var wanted = LineBuffer()
            fresh.append(unixMilliseconds: milliseconds, to: &wanted)
            #expect(kept.text == wanted.text)
        }
    }
}

extension LineBuffer {
    /// The bytes as text, for comparisons.
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
