import Testing
import Wire

@Suite("a body is followed to its end")
struct BodyReaderTests {
    private struct Outcome: Equatable {
        var content = ""
        /// Bytes of the input that belong to the message, once it has ended.
        var end: Int?
        var failure: WireFailure?
        var trailers: [String] = []
    }

    /// Reads pieces of `size` bytes.
    private static func read(
        _ framing: Framing, _ text: String, pieces size: Int = .max, limits: WireLimits = WireLimits()
    ) -> Outcome {
        var reader = BodyReader(framing)
        let bytes = Wires.bytes(text)
        var outcome = Outcome()
        var content: [UInt8] = []
        var start = 0
        while start < bytes.count, outcome.end == nil, outcome.failure == nil {
            let piece = Array(bytes[start..<min(bytes.count, start + min(size, bytes.count))])
            var at = 0
            var isMore = false
            while !isMore, outcome.end == nil, outcome.failure == nil {
                switch piece.withUnsafeBytes({ reader.next($0, from: at, limits: limits) }) {
                case .content(let low, let high):
                    content += piece[low..<high]
                    at = high
                case .end(let end): outcome.end = start + end
                case .failed(let failure): outcome.failure = failure
                case .more: isMore = true
                }
            }
            start += piece.count
        }
        if bytes.isEmpty, reader.isEnded { outcome.end = 0 }
        outcome.content = String(decoding: content, as: UTF8.self)
        if let lines = reader.trailers, outcome.end != nil {
            outcome.trailers = (0..<lines.fieldCount).map {
                "\(lines.name(lines.fields[$0]).text)=\(lines.value(lines.fields[$0]).text)"
            }
        }
        return outcome
    }

    private static let good: [(message: String, content: String, trailers: [String])] = [
        ("0\r\n\r\n", "", []), ("3\r\nabc\r\n0\r\n\r\n", "abc", []), ("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde", []),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789", []), ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789", []),
        ("003\r\nabc\r\n000\r\n\r\n", "abc", []), ("000000000000003\r\nabc\r\n0\r\n\r\n", "abc", []),
        ("3;a\r\nabc\r\n0;b=c\r\n\r\n", "abc", []), ("3 ;a=\"b;c\"\r\nabc\r\n0\r\n\r\n", "abc", []),
        ("3\t; a=b\r\nabc\r\n0\r\n\r\n", "abc", []), ("3;a=\"\\\";\"\r\nabc\r\n0\r\n\r\n", "abc", []),
        ("3;a=\"caf\u{e9}\";b\r\nabc\r\n0\r\n\r\n", "abc", []),
        ("0\r\nX: y\r\n\r\n", "", ["X=y"]), ("1\r\na\r\n0\r\nX: y\r\nZ:\t1 \r\n\r\n", "a", ["X=y", "Z=1"]),
        ("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n", []),
    ]

    @Test("chunks, their extensions and trailers, in pieces of any size", arguments: good)
    func chunks(message: String, content: String, trailers: [String]) {
        let length = Wires.bytes(message).count
        for size in [.max] + Array(1...length + 2) {
            let expected = Outcome(content: content, end: length, trailers: trailers)
            #expect(Self.read(.chunked, message + "GET /", pieces: size) == expected, "pieces of \(size)")
        }
    }

    private static let bad: [(String, WireFailure)] = [
        ("\r\nabc", .chunkSize), ("x\r\n", .chunkSize), ("-3\r\n", .chunkSize), ("+3\r\n", .chunkSize),
        (" 3\r\n", .chunkSize),
        ("0x3\r\n", .chunkSize), ("3 4\r\n", .chunkExtension), ("3 \r\n", .chunkExtension),
        ("3\t\r\n", .chunkExtension), ("3,\r\n", .chunkSize),
        ("3_\r\n", .chunkSize), ("\u{b2}\r\n", .chunkSize), ("0000000000000003\r\n", .chunkSize),
        ("8000000000000000\r\n", .chunkSize), ("ffffffffffffffff\r\n", .chunkSize),
        ("10000000000000000\r\n", .chunkSize),
        ("3\nabc", .bareLineFeed), ("3;a\nabc", .bareLineFeed), ("3\rabc", .bareCarriageReturn),
        ("3\r\r\n", .bareCarriageReturn),
        ("3;a\rb\r\n", .bareCarriageReturn), ("3;a\0b\r\n", .chunkExtension), ("3;\r\n", .chunkExtension),
        ("3;caf\u{e9}\r\n", .chunkExtension),
        ("3;a=\r\n", .chunkExtension), ("3;a=\"b\r\n", .chunkExtension), ("3;a b\r\n", .chunkExtension),
        ("3;a\u{7f}\r\n", .chunkExtension),
        ("3\r\nabcd\r\n", .chunkEnd), ("3\r\nabc\n0\r\n", .chunkEnd), ("3\r\nabc\r0", .chunkEnd),
        ("3\r\nabc0\r\n\r\n", .chunkEnd),
        ("0\r\nX : y\r\n\r\n", .blankBeforeColon), ("0\r\n X: y\r\n\r\n", .foldedField),
        ("0\r\nX\r\n\r\n", .fieldWithoutColon),
        ("0\r\n: y\r\n\r\n", .fieldName), ("0\r\nX: y\n\r\n", .bareLineFeed), ("0\r\n\n", .bareLineFeed),
        ("0\r\nX: a\0\r\n\r\n", .control), ("0\r\n\rX: y\r\n\r\n", .bareCarriageReturn),
    ]

    @Test("what is no chunk is refused, in pieces of any size", arguments: bad)
    func notChunks(text: String, failure: WireFailure) {
        for size in [.max] + Array(1...text.unicodeScalars.count) {
            let outcome = Self.read(.chunked, text, pieces: size)
            #expect(outcome.end == nil)
            // a control character may be found before the line that it spoils is whole: both are 400
            #expect(
                outcome.failure?.status == failure.status, "pieces of \(size): \(String(describing: outcome.failure))")
            if size == .max { #expect(outcome.failure == failure) }
        }
    }

    @Test("an extension has 256 bytes at most, trailers 32 fields and 8 KiB")
    func limits() {
        let text = { (piece: String, count: Int) in String(repeating: piece, count: count) }
        #expect(Self.read(.chunked, "1;\(text("a", 255))\r\nx\r\n0\r\n\r\n").content == "x")
        #expect(Self.read(.chunked, "1;\(text("a", 256))\r\nx\r\n0\r\n\r\n").failure == .chunkExtension)
        #expect(Self.read(.chunked, "0\r\n\(text("X: y\r\n", 32))\r\n").trailers.count == 32)
        #expect(Self.read(.chunked, "0\r\n\(text("X: y\r\n", 33))\r\n").failure == .trailersTooLarge)
        // with two line ends, of which the last is not counted
        #expect(Self.read(.chunked, "0\r\nX: \(text("a", 8192 - 7))\r\n\r\n").trailers.count == 1)
        #expect(Self.read(.chunked, "0\r\nX: \(text("a", 8192 - 4))\r\n\r\n").failure == .trailersTooLarge)
        #expect(Self.read(.chunked, "0\r\nX: \(text("a", 9000))").failure == .trailersTooLarge, "before its line ends")
    }

    @Test("each chunk's extension is counted by itself")
    func extensionsOfManyChunks() {
        let chunk = "1;\(String(repeating: "a", count: 200))\r\nx\r\n"
        #expect(Self.read(.chunked, chunk + chunk + chunk + "0\r\n\r\n").content == "xxx")
    }

    @Test("a length counts bytes, and what follows is another's")
    func length() {
        for size in [1, 2, 3, 5, 100] {
            #expect(Self.read(.length(5), "helloGET /", pieces: size).content == "hello", "pieces of \(size)")
            #expect(Self.read(.length(5), "hell", pieces: size) == Outcome(content: "hell"), "not ended")
        }
        var reader = BodyReader(.length(5))
        #expect(reader.remaining == 5 && !reader.isEnded)
        _ = Wires.bytes("abc").withUnsafeBytes { reader.next($0, from: 0, limits: WireLimits()) }
        #expect(reader.remaining == 2)
    }

    @Test("no body ends where it begins; one up to the close ends never by itself")
    func noneAndClose() {
        #expect(Self.read(.none, "GET /") == Outcome(end: 0))
        #expect(Self.read(.untilClose, "0\r\n\r\n", pieces: 2) == Outcome(content: "0\r\n\r\n"))
        #expect(BodyReader(.none).isEnded && !BodyReader(.untilClose).isEnded && BodyReader(.untilClose).endsAtClose)
        #expect(!BodyReader(.chunked).endsAtClose && BodyReader(.chunked).remaining == nil)
    }
}
