import Testing
import Wire

@Suite("dates as caches read them")
struct HTTPDateTests {
    private func seconds(_ text: String, now: Int64 = 1_800_000_000) -> Int64? {
        Array(text.utf8).withUnsafeBytes { HTTPDate.seconds($0, now: now) }
    }

    @Test(
        "the three forms are one moment, in any case",
        arguments: [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
            "SUN, 06 NOV 1994 08:49:37 gMT", "sun nov  6 08:49:37 1994", "Wednesday, 06-NOV-94 08:49:37 gmt",
        ])
    func forms(_ text: String) { #expect(seconds(text) == 784_111_777) }

    @Test(
        "anything beside them is none",
        arguments: [
            "", "0", "-1", "Thu, 18 Aug 2050 02:01:18 UTC", "Thu, 18 Aug 2050 02:01:18 AEST",
            "Thu, 18 Aug 50 02:01:18 GMT", "Thu 18 Aug 2050 02:01:18 GMT", "Thu, 18  Aug  2050 02:01:18 GMT",
            "Thu, 18-Aug-2050 02:01:18 GMT", "Thu, 18 Aug 2050 02.01.18 GMT", "Thu, 18 Aug 2050 2:01:18 GMT",
            "Thx, 18 Aug 2050 02:01:18 GMT", "Thu, 31 Feb 2050 02:01:18 GMT", "Thu, 18 Aug 2050 24:01:18 GMT",
            "Thu, 18 Aug 2050 02:60:18 GMT", "Thu, 18 Aug 2050 02:01:61 GMT", "Thu, 00 Aug 2050 02:01:18 GMT",
            "Thu, 18 Aug 2050 02:01:18 GMTx", "Thu, 18 Aug +050 02:01:18 GMT", "Sun Nov 6 08:49:37 1994",
            "Thursdays, 18-Aug-50 02:01:18 GMT", ", 18-Aug-50 02:01:18 GMT",
        ])
    func none(_ text: String) { #expect(seconds(text) == nil) }

    @Test("RFC 9110 5.6.7: two digits of a year are at most fifty years ahead")
    func century() {
        #expect(seconds("Thursday, 18-Aug-50 02:01:18 GMT") == seconds("Thu, 18 Aug 2050 02:01:18 GMT"))
        #expect(seconds("Thursday, 18-Aug-77 02:01:18 GMT") == seconds("Thu, 18 Aug 2077 02:01:18 GMT"))
        #expect(seconds("Thursday, 18-Aug-78 02:01:18 GMT") == seconds("Thu, 18 Aug 1978 02:01:18 GMT"))
    }

    @Test(
        "what is written is read",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_825_600, "Tue, 29 Feb 2000 12:00:00 GMT"), (9_999_999_999, "Sat, 20 Nov 2286 17:46:39 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (1_577_836_800, "Wed, 01 Jan 2020 00:00:00 GMT"),
        ] as [(Int64, String)])
    func written(_ moment: Int64, _ text: String) {
        var bytes: [UInt8] = []
        HTTPDate.append(moment, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        #expect(bytes.count == HTTPDate.count)
        #expect(seconds(text) == moment)
    }

    @Test("every day of four centuries is written and read as itself")
    func everyDay() {
        for day in stride(from: Int64(-10_000), to: 140_000, by: 1) {
            var bytes: [UInt8] = []
            HTTPDate.append(day * 86_400 + 86_399, to: &bytes)
            if seconds(String(decoding: bytes, as: UTF8.self)) != day * 86_400 + 86_399 {
                Issue.record("day \(day): \(String(decoding: bytes, as: UTF8.self))")
                return
            }
        }
    }
}
