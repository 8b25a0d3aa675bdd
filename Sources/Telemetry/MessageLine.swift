/// Writes one message with its facts as a line: JSON, or text for people.
package struct MessageLine: ~Copyable {
    private var clock = ClockText()

    package init() {}

    /// Appends one line with its end. `facts` are written in the order given; a value's line ends are escaped, so a
    /// message is one line whatever it holds.
    package mutating func append(
        unixMilliseconds: Int64, level: LogLevel, message: String, facts: [(name: String, value: String)],
        format: LogFormat, to buffer: inout LineBuffer
    ) {
        switch format {
        case .json:
            buffer.append("{\"time\":\"")
            clock.append(unixMilliseconds: unixMilliseconds, to: &buffer)
            buffer.append("\",\"level\":\"")
            buffer.append(text: level.rawValue)
            buffer.append("\",\"message\":\"")
            JSONText.append(message, to: &buffer)
            for fact in facts {
                buffer.append("\",\"")
                JSONText.append(fact.name, to: &buffer)
                buffer.append("\":\"")
                JSONText.append(fact.value, to: &buffer)
            }
            buffer.append("\"}\n")
        case .text:
            clock.append(unixMilliseconds: unixMilliseconds, to: &buffer)
            buffer.append(byte: UInt8(ascii: " "))
            buffer.append(text: level.rawValue)
            buffer.append(byte: UInt8(ascii: " "))
            Self.appendPlain(message, to: &buffer)
            for fact in facts {
                buffer.append(byte: UInt8(ascii: " "))
                buffer.append(text: fact.name)
                buffer.append(byte: UInt8(ascii: "="))
                Self.appendValue(fact.value, to: &buffer)
            }
            buffer.append(byte: UInt8(ascii: "\n"))
        }
    }

    private static func appendValue(_ value: String, to buffer: inout LineBuffer) {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != 0x22 && $0 != 0x5C }
        if isPlain { return buffer.append(text: value) }
        buffer.append(byte: UInt8(ascii: "\""))
        JSONText.append(value, to: &buffer)
        buffer.append(byte: UInt8(ascii: "\""))
    }

    /// A message's own quotes stay as they are; control characters do not.
    private static func appendPlain(_ text: String, to buffer: inout LineBuffer) {
        for byte in text.utf8 { buffer.append(byte: byte < 0x20 || byte == 0x7F ? UInt8(ascii: " ") : byte) }
    }
}
