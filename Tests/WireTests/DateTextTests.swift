import Testing
import Wire

@Suite("dates in fields")
struct DateTextTests {
    private func seconds(_ text: String) -> Int64? { Array(text.utf8).withUnsafeBytes { DateText.seconds($0) } }

    @Test(
        "the three forms of RFC 9110 5.6.7 are one moment",
        arguments: [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        ])
    func forms(_ text: String) { #expect(seconds(text) == 784_111_777) }

    @Test(
        "other moments",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Fri, 31 Dec 2038 23:59:59 GMT", 2_177_452_799),
        ] as [(String, Int64)])
    func moments(_ text: String, _ expected: Int64) { #expect(seconds(text) == expected) }

    @Test(
        "what is no date is none",
        arguments: [
            "", "0", "Sun, 06 Nov 1994", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Now 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT", "a-b-c d e f",
        ])
    func none(_ text: String) { #expect(seconds(text) == nil) }
}
