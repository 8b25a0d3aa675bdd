import Testing

@testable import Proxy

@Suite("What gRPC writes into fields")
struct GRPCTextTests {
    private func timeout(_ text: String) -> Int64? { Array(text.utf8).withUnsafeBytes(GRPCText.timeout) }

    @Test(
        "A timeout is one to eight digits and a unit",
        arguments: [
            ("1H", 3_600_000_000_000), ("2M", 120_000_000_000), ("20S", 20_000_000_000), ("500m", 500_000_000),
            ("7u", 7_000), ("99999999n", 99_999_999), ("0S", 0), ("99999999H", .max),
        ] as [(String, Int64)])
    func timeouts(_ text: String, _ nanoseconds: Int64) { #expect(timeout(text) == nanoseconds) }

    @Test(
        "Anything else is none",
        arguments: ["", "S", "1", "123456789S", "1s", "-1S", "1.5S", " 1S", "1SS", "x", "1\u{e4}"])
    func noTimeout(_ text: String) { #expect(timeout(text) == nil) }

    @Test("A message is visible ASCII and blanks but for the percent sign, the rest is escaped")
    func messages() {
        #expect(String(decoding: GRPCText.encoded("no 100% \u{fc}\r\n"), as: UTF8.self) == "no 100%25 %C3%BC%0D%0A")
        #expect(GRPCText.encoded(String(repeating: "\u{1}", count: 5000)).count <= 3 * 1024)
    }

    @Test(
        "A status is a number that gRPC knows",
        arguments: [
            ("0", .ok), ("16", .unauthenticated), ("14", .unavailable), ("17", nil), ("", nil), ("1x", nil), ("-1", nil),
            ("014", nil),
        ] as [(String, GRPCStatus?)])
    func statuses(_ text: String, _ status: GRPCStatus?) {
        #expect(Array(text.utf8).withUnsafeBytes { GRPCStatus(field: $0) } == status)
    }

    @Test(
        "A media type is gRPC's with a suffix or parameters, but not gRPC-Web's",
        arguments: [
            ("application/grpc", true), ("application/grpc+proto", true), ("Application/GRPC;x=1", true),
            ("application/grpc-web", false), ("application/grpcs", false), ("application/json", false), ("", false),
        ])
    func types(_ text: String, _ isGRPC: Bool) { #expect(Array(text.utf8).withUnsafeBytes(\.isGRPC) == isGRPC) }
}

@Suite("The messages of gRPC's health service")
struct GRPCHealthTests {
    private func answer(_ message: [UInt8]) -> [UInt8] { [0, 0, 0, 0, UInt8(message.count)] + message }

    @Test("A question names the service, or the whole server")
    func questions() {
        #expect(GRPCHealth.request(service: "") == [0, 0, 0, 0, 0])
        #expect(GRPCHealth.request(service: "a.B") == [0, 0, 0, 0, 5, 0x0a, 3] + Array("a.B".utf8))
        let long = GRPCHealth.request(service: String(repeating: "x", count: 300))
        #expect(Array(long[0..<8]) == [0, 0, 0, 1, 47, 0x0a, 0xac, 0x02] && long.count == 5 + 303)
    }

    @Test("The status is field 1; no field is status 0; others are passed over")
    func answers() {
        #expect(GRPCHealth.status(of: answer([0x08, 1])) == 1)
        #expect(GRPCHealth.status(of: answer([])) == 0)
        let others: [UInt8] = [0x12, 2, 9, 9, 0x08, 2, 0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8]
        #expect(GRPCHealth.status(of: answer(others)) == 2)
    }

    @Test(
        "What is no such message has none",
        arguments: [
            [], [0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 3, 0x08, 1], [0, 0, 0, 0, 1, 0x08], [0, 0, 0, 0, 1, 0x0b],
            [0, 0, 0, 0, 3, 0x12, 9, 1], [0, 0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0, 2, 0x1d, 1],
            [0, 0, 0, 0, 12, 0x12] + [UInt8](repeating: 0xff, count: 11),
        ] as [[UInt8]])
    func malformed(_ body: [UInt8]) { #expect(GRPCHealth.status(of: body) == nil) }
}
