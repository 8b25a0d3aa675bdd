import Testing
import Wire

@Suite("the events of a stream")
struct EventScannerTests {
    /// Kinds of the events of `text`, given in pieces of `size`, and where each ends.
    private func events(_ text: String, size: Int = .max, reads: Bool = true) -> [(kind: EventKind, end: Int)] {
        let bytes = Array(text.utf8)
        var scanner = EventScanner(reads: reads)
        var found: [(EventKind, Int)] = []
        for start in stride(from: 0, to: bytes.count, by: min(size, max(bytes.count, 1))) {
            let end = size == .max ? bytes.count : min(start + size, bytes.count)
            bytes[start..<end].withUnsafeBytes { piece in
                var at = 0
                while let event = scanner.next(piece, from: at) {
                    at = event.end
                    found.append((event.kind, start + event.end))
                }
            }
        }
        return found
    }

    private func kinds(_ text: String) -> [EventKind] { events(text).map(\.kind) }

    @Test(
        "what an event says",
        arguments: [
            ("data: hello", EventKind.content),
            ("data:hello", .content),
            (": keep-alive", .none),
            ("retry: 3000", .none),
            ("event: error", .none),
            ("data", .content),
            ("event: error\ndata: {}", .failure),
            ("event: response.failed\ndata: {}", .failure),
            (#"data: {"error": {"message": "overloaded"}}"#, .failure),
            (#"data: {"id":"x", "error" : "no"}"#, .failure),
            (#"data: {"id":"x","error":null,"choices":[{"delta":{"content":"a"}}]}"#, .content),
            (#"data: {"type":"error","message":"no"}"#, .failure),
            (#"data: {"choices":[{"delta":{"content":"\"error\":{"}}]}"#, .content),
            (#"data: {"text":{"error":"of the tool"}}"#, .content),
            (#"data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#, .opening),
            (#"data: {"choices":[{"delta":{"role":"assistant"},"finish_reason":null}]}"#, .opening),
            (#"data: {"choices":[{"delta":{"content":null,"tool_calls":[{"id":"1"}]}}]}"#, .content),
            (#"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"#, .content),
            (#"data: {"choices":[]}"#, .opening),
            ("event: ping\ndata: {\"type\": \"ping\"}", .opening),
            (#"data: {"type":"response.created","response":{"error":null}}"#, .opening),
            (#"data: {"type":"response.output_text.delta","delta":"a"}"#, .content),
            ("data: [DONE]", .end),
            ("\u{FEFF}data: [DONE]", .end),
            ("data: {\"choices\":\ndata: []}", .opening),
        ] as [(String, EventKind)])
    func kind(text: String, kind: EventKind) {
        #expect(kinds(text + "\n\n") == [kind], "\(text)")
    }

    @Test("an event without its blank line is none yet")
    func unfinished() {
        #expect(kinds("data: hello\n").isEmpty)
        #expect(kinds("data: hello").isEmpty)
        #expect(kinds("\n\n\r\n").isEmpty)
    }

    @Test("any split and any end of line give the same events", arguments: ["\n", "\r", "\r\n"])
    func splits(end: String) {
        let lines = [
            "", "event: ping", "data: {}", "", ": a comment", "", "data: {\"choices\":[]}", "id: 7", "", "",
            "data: {\"error\":{\"code\":1}}", "", "data: one", "data: two", "", "data: [DONE]", "", "",
        ]
        let text = lines.joined(separator: end)
        let whole = events(text)
        #expect(whole.map(\.kind) == [.opening, .none, .opening, .failure, .content, .end])
        for size in [1, 2, 3, 5, 8, 13, 64] {
            let pieces = events(text, size: size)
            #expect(pieces.map(\.kind) == whole.map(\.kind), "pieces of \(size)")
            // an LF that comes apart from its CR still belongs to it
            for (one, other) in zip(pieces, whole) { #expect((other.end - 1...other.end).contains(one.end)) }
        }
    }

    @Test("between two events is a boundary, and nowhere else")
    func boundaries() {
        let bytes = Array("data: a\n\n: b\n\nevent: c\ndata: d\r\n\r\n".utf8)
        var scanner = EventScanner(reads: false)
        #expect(scanner.isAtBoundary)
        var boundaries: [Int] = []
        for at in bytes.indices {
            bytes[at...at].withUnsafeBytes { _ = scanner.next($0, from: 0) }
            if scanner.isAtBoundary { boundaries.append(at + 1) }
        }
        #expect(boundaries == [9, 14, 33, 34])
    }

    @Test("an event of a megabyte is read by its beginning")
    func long() {
        let text = "data: {\"choices\":[" + String(repeating: " ", count: 1 << 20) + "]}\n\ndata: {\"error\":{\"a\":\""
        #expect(kinds(text + String(repeating: "b", count: 1 << 20) + "\"}}\n\n") == [.content, .failure])
    }
}
