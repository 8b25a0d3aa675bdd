/// The fields `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers: lists of strings with parameters
/// (RFC 9651 3.1).
package enum RateFields {
    /// `"NAME";q=1000;w=60`, made once for a limit.
    package static func policy(_ name: String, count: Int, seconds: Int64, unit: String? = nil) -> [UInt8] {
        quoted(name) + Array(";q=\(count);w=\(seconds)\(unit.map { ";qu=\"\($0)\"" } ?? "")".utf8)
    }

    /// `"NAME"` as a structured field has it: printable ASCII; everything else becomes an underscore.
    package static func quoted(_ name: String) -> [UInt8] {
        var bytes: [UInt8] = [0x22]
        for byte in name.utf8 { bytes.append(byte >= 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x5c ? byte : 0x5f) }
        bytes.append(0x22)
        return bytes
    }

    /// Appends `NAME;r=12;t=5`: what is left, and the seconds until all is.
    package static func append(_ quotedName: [UInt8], _ verdict: RateVerdict, to line: inout [UInt8]) {
        line += quotedName
        line += ";r=".utf8
        append(max(verdict.remaining, 0), to: &line)
        line += ";t=".utf8
        append((verdict.reset &+ 999_999_999) / 1_000_000_000, to: &line)
    }

    private static func append(_ number: Int64, to line: inout [UInt8]) {
        if number >= 10 { append(number / 10, to: &line) }
        line.append(0x30 &+ UInt8(truncatingIfNeeded: number % 10))
    }
}
