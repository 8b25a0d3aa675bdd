import NIOCore

/// The text form of server-sent events.
enum Events {
    static func data(_ value: JSON) -> ByteBuffer { data(value.text) }

    static func data(_ text: String) -> ByteBuffer { ByteBuffer(string: "data: \(text)\n\n") }
}
