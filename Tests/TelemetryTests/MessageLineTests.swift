import Settings
import Telemetry
import Testing

@Suite("A message is one line, in JSON or in text")
struct MessageLineTests {
    private func line(_ message: String, _ facts: [(name: String, value: String)], _ format: LogFormat) -> String {
        var line = MessageLine()
        var buffer = LineBuffer()
        line.append(
            unixMilliseconds: 0, level: .warning, message: message, facts: facts, format: format, to: &buffer)
        return buffer.text
    }

    @Test("JSON has the facts after the message")
    func json() throws {
        let text = line("agent \"down\"", [("agent", "a-1"), ("reason", "line\nbreak")], .json)
        #expect(
            text == """
                {"time":"1970-01-01T00:00:00.000Z","level":"warning","message":"agent \\"down\\"","agent":"a-1",\
                "reason":"line\\nbreak"}

                """)
        _ = try JSONReader.read(Array(text.utf8), source: "line", dialect: .strict)
    }

    @Test("text has them as name=value, quoted where needed")
    func text() {
        #expect(
            line("agent down", [("agent", "a-1"), ("reason", "two words"), ("empty", ""), ("odd", "a\"b\n")], .text)
                == "1970-01-01T00:00:00.000Z warning agent down agent=a-1 reason=\"two words\" empty=\"\" odd=\"a\\\"b\\n\"\n"
        )
    }

    @Test("a message cannot forge a second line", arguments: [LogFormat.json, .text])
    func oneLine(format: LogFormat) {
        let text = line("a\nb\r\u{1B}[31m", [("x", "c\nd")], format)
        #expect(text.dropLast().utf8.allSatisfy { $0 >= 0x20 })
    }
}
