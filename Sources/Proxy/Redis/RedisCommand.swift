internal import CHiredis
package import NIOCore

/// A command and its arguments: `RedisCommand("SET", .stores).with(key).with(value)`.
package struct RedisCommand: Sendable {
    /// What it does to the data: what one that Redis took shows of it.
    package enum Effect: Sendable {
        case reads
        /// Makes less of it: what a replica refuses.
        case removes
        /// Makes more of it: what a replica refuses, and one that is full.
        case stores
    }

    package var effect: Effect
    /// All arguments, one behind the other, and where each ends.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// Which argument is a key, from 1: it decides which node of a cluster is asked. 0: none is.
    private var keyAt = 0

    package init(_ name: StaticString, _ effect: Effect = .reads) {
        self.effect = effect
        name.withUTF8Buffer { bytes += $0 }
        ends.append(bytes.count)
    }

    package init(_ name: StaticString, _ effect: Effect = .reads, key: some Sequence<UInt8>) {
        self.init(name, effect)
        keyAt = 1
        add(key)
    }

    /// A script of one key: by its SHA-1 (`EVALSHA`) or its text (`EVAL`); its arguments follow.
    package init(_ name: StaticString, script: some Sequence<UInt8>, key: some Sequence<UInt8>) {
        self.init(name, .stores)
        add(script)
        add(CollectionOfOne(UInt8(ascii: "1")))
        keyAt = 3
        add(key)
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

    /// Bytes of its arguments.
    package var count: Int { bytes.count }

    /// Where a cluster keeps what it is about; nil where it is about no key.
    package var slot: Int? { keyAt > 0 && ends.count > keyAt ? RedisSlot.of(bytes[ends[keyAt - 1]..<ends[keyAt]]) : nil }

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
