/// The bytes that frame a part, or several, of a whole answer (RFC 9110 14.4, 14.6).
package struct PartialAnswer: Sendable {
    package let ranges: [Range<Int>]
    /// Bytes of the whole answer.
    package let length: Int
    private let contentType: [UInt8]
    private let boundary: [UInt8]

    /// `seed` makes the boundary, which should not stand in the content: something that differs from answer to answer.
    package init(_ ranges: [Range<Int>], length: Int, contentType: [UInt8] = [], seed: UInt64 = 0) {
        self.ranges = ranges
        self.length = length
        self.contentType = contentType
        boundary = Array("clawproxy-".utf8) + Array(String(seed, radix: 36).utf8)
    }

    /// `Content-Range: bytes 0-1/10`, with its CR LF.
    package static func contentRange(_ range: Range<Int>, length: Int) -> [UInt8] {
        Array("Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)\r\n".utf8)
    }

    /// The field of a 416.
    package static func unsatisfied(length: Int) -> [UInt8] { Array("Content-Range: bytes */\(length)\r\n".utf8) }

    /// `Content-Type` in place of the stored one, where there are several parts.
    package var typeLine: [UInt8] { Array("Content-Type: multipart/byteranges; boundary=".utf8) + boundary + [13, 10] }

    /// What stands before the bytes of this part.
    package func head(of index: Int) -> [UInt8] {
        var bytes: [UInt8] = index == 0 ? [] : [13, 10]
        bytes += "--".utf8
        bytes += boundary
        bytes += [13, 10]
        if !contentType.isEmpty { bytes += Array("Content-Type: ".utf8) + contentType + [13, 10] }
        bytes += Self.contentRange(ranges[index], length: length)
        bytes += [13, 10]
        return bytes
    }

    /// What stands behind the last part.
    package var end: [UInt8] { Array("\r\n--".utf8) + boundary + Array("--\r\n".utf8) }

    /// `Content-Length` of all of it.
    package var count: Int {
        ranges.indices.reduce(end.count) { $0 + head(of: $1).count + ranges[$1].count }
    }
}
