import Settings
import Telemetry
import Testing

@Suite("An access line is one JSON object, whatever the client sent")
struct AccessLineTests {
    private static func labels() -> CounterLabels {
        var labels = CounterLabels(errorKinds: ["connect_failed", "no_agent"])
        _ = labels.route("chat \"quoted\"")
        _ = labels.agent("agent-1")
        return labels
    }

    private func line(_ path: [UInt8], _ change: (inout AccessFacts) -> Void = { _ in }) -> String {
        var line = AccessLine(labels: Self.labels())
        var buffer = LineBuffer()
        path.withUnsafeBytes { path in
            var facts = AccessFacts(unixMilliseconds: 1_709_164_800_123)
            facts.path = path
            change(&facts)
            line.append(facts, to: &buffer)
        }
        return buffer.text
    }

    @Test("all facts in their order")
    func whole() {
        let client = Array("192.0.2.1".utf8)
        let method = Array("POST".utf8)
        let id = Array("r-1".utf8)
        let tenant = Array("acme".utf8)
        var line = AccessLine(labels: Self.labels())
        var buffer = LineBuffer()
        var facts = AccessFacts(unixMilliseconds: 1_709_164_800_123)
        client.withUnsafeBytes { client in
            method.withUnsafeBytes { method in
                id.withUnsafeBytes { id in
                    tenant.withUnsafeBytes { tenant in
                        facts.client = client
                        facts.method = method
                        facts.path = method
                        facts.requestID = id
                        facts.tenant = tenant
                        facts.status = 502
                        facts.bytesIn = 12
                        facts.bytesOut = 3456
                        facts.nanoseconds = 1_234_567
                        facts.attempts = 2
                        facts.route = 1
                        facts.agent = 0
                        facts.error = 0
                        line.append(facts, to: &buffer)
                    }
                }
            }
        }
        #expect(
            buffer.text == """
                {"time":"2024-02-29T00:00:00.123Z","level":"info","message":"request","client":"192.0.2.1",\
                "method":"POST","path":"POST","protocol":"HTTP/1.1","status":502,"bytes_in":12,"bytes_out":3456,\
                "duration_ms":1.234,"route":"chat \\"quoted\\"","agent":"agent-1","attempts":2,"request_id":"r-1",\
                "tenant":"acme","error":"connect_failed"}

                """)
    }

    @Test("what is not known is left out, and an index that names nobody too")
    func leftOut() {
        let text = line(Array("/".utf8)) { facts in
            facts.route = 99
            facts.agent = 1
            facts.error = -1
        }
        for key in ["client", "route", "agent", "request_id", "tenant", "error"] {
            #expect(!text.contains("\"\(key)\""))
        }
        #expect(text.contains("\"path\":\"/\""))
    }

    @Test(
        "bytes are escaped",
        arguments: [
            ([0x22], "\\\""), ([0x5C], "\\\\"), ([0x0A, 0x0D, 0x09], "\\n\\r\\t"),
            ([0x00, 0x1F, 0x7F], "\\u0000\\u001f\\u007f"),
            ([0xC3, 0xA9], "é"), ([0xE2, 0x82, 0xAC], "€"), ([0xF0, 0x9F, 0x98, 0x80], "😀"),
            ([0xFF], "\\ufffd"), ([0xC0, 0x80], "\\ufffd\\ufffd"), ([0xED, 0xA0, 0x80], "\\ufffd\\ufffd\\ufffd"),
            ([0xE2, 0x82], "\\ufffd\\ufffd"), ([0xF4, 0x90, 0x80, 0x80], "\\ufffd\\ufffd\\ufffd\\ufffd"),
            ([0xC3, 0x22], "\\ufffd\\\""), ([0xE0, 0x80, 0x80], "\\ufffd\\ufffd\\ufffd"),
        ] as [([UInt8], String)])
    func escaped(bytes: [UInt8], text: String) {
        #expect(line(bytes).contains("\"path\":\"\(text)\","))
    }

    @Test("every pair of bytes gives a JSON text that reads back", arguments: 0..<256)
    func everyPair(first: Int) throws {
        for second in 0..<256 {
            let text = line([UInt8(first), UInt8(second), 0x61])
            #expect(text.hasSuffix("}\n") && !text.dropLast().contains("\n"))
            guard second.isMultiple(of: 17) else { continue }
            let node = try JSONReader.read(Array(text.utf8), source: "line", dialect: .strict)
            #expect(node["path"]?.string?.hasSuffix("a") == true)
        }
    }

    @Test("a field that is far too long is cut")
    func cut() throws {
        let text = line([UInt8](repeating: 0x61, count: 100_000))
        #expect(text.utf8.count < JSONText.maxField + 300)
        #expect(text.contains("aaa...\""))
    }

    @Test("names that a new generation appends are known after adopting")
    func adopting() {
        var labels = Self.labels()
        var line = AccessLine(labels: labels)
        let route = labels.route("later")
        line.adopt(labels)
        var buffer = LineBuffer()
        var facts = AccessFacts(unixMilliseconds: 0)
        facts.route = route
        line.append(facts, to: &buffer)
        #expect(buffer.text.contains("\"route\":\"later\""))
    }
}
