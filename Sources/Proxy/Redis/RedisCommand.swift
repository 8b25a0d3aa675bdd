internal import CHiredis
package import NIOCore

/// A command and its arguments: `RedisCommand("SET").with(key).with(value)`.
package struct RedisCommand: Sendable {
    /// Whether it changes anything: one that Redis took shows that this is no replica.
    package var isWrite: Bool
    /// All arguments, one behind the other, and where each ends.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    package init(_ name: StaticString, isWrite: Bool = false) {
        self.isWrite = isWrite
        name.withUTF8Buffer { bytes += $0 }
        ends.append(bytes.count)
    }

    package mutating func add(_ argument: some Sequence<UInt8>) {
        bytes += argument
        ends.append(bytes.count)
    }

    package func with(_ argument: some Sequence<UInt8>) -> RedisCommand {
        var command = self
        command.add(argument)
        return command
    }

    package func with(_ argument: String) -> RedisCommand { with(argument.utf8) }

    /// Appends it in the form of RESP; false where there is no memory for it.
    package func write(to buffer: inout ByteBuffer) -> Bool {
        bytes.withUnsafeBytes { bytes in
            // an argument without bytes still needs an address
            let start = bytes.bindMemory(to: CChar.self).baseAddress ?? Self.nowhere
            var place = 0
            var arguments: [UnsafePointer<CChar>?] = []
            var counts: [Int] = []
            for end in ends {
                arguments.append(start + place)
                counts.append(end - place)
                place = end
            }
            var text: UnsafeMutablePointer<CChar>?
            let count = redisFormatCommandArgv(&text, CInt(arguments.count), &arguments, counts)
            guard count >= 0, let text else { return false }
            buffer.writeBytes(UnsafeRawBufferPointer(start: text, count: Int(count)))
            redisFreeCommand(text)
            return true
        }
    }

    private nonisolated(unsafe) static let nowhere = UnsafePointer(UnsafeMutablePointer<CChar>.allocate(capacity: 1))
}
