extension DNSMessage {
    /// The bytes of the message, names written out. Records of kinds that are of no use here are written without data.
    package var bytes: [UInt8] {
        var writer = DNSWriter()
        writer.write(self)
        return writer.bytes
    }
}

/// Writes a DNS message.
private struct DNSWriter {
    var bytes: [UInt8] = []

    mutating func write(_ message: DNSMessage) {
        two(message.id)
        var flags = message.code.number & 0xF
        if message.isAnswer { flags |= 0x8000 }
        if message.isAuthoritative { flags |= 0x0400 }
        if message.isTruncated { flags |= 0x0200 }
        if message.wantsRecursion { flags |= 0x0100 }
        if message.offersRecursion { flags |= 0x0080 }
        two(flags)
        two(message.questions.count)
        two(message.answers.count)
        two(message.authority.count)
        two(message.additional.count + (message.edns == nil ? 0 : 1))
        for question in message.questions {
            name(question.name)
            two(question.kind.number)
            two(1)
        }
        for record in message.answers + message.authority + message.additional { write(record) }
        guard let payload = message.edns else { return }
        name(.root)
        two(DNSMessage.Kind.opt.number)
        two(payload)
        four(UInt32(message.code.number >> 4) << 24)
        two(0)
    }

    private mutating func write(_ record: DNSRecord) {
        name(record.name)
        two(record.kind.number)
        two(1)
        four(record.ttl)
        let length = bytes.count
        two(0)
        switch record.value {
        case .address(let address): bytes += address
        case .alias(let target): name(target)
        case .service(let priority, let weight, let port, let target):
            two(priority)
            two(weight)
            two(port)
            name(target)
        case .zone(let minimum):
            name(.root)
            name(.root)
            for _ in 0..<4 { four(0) }
            four(minimum)
        case .other: break
        }
        let count = bytes.count - length - 2
        bytes[length] = UInt8(truncatingIfNeeded: count >> 8)
        bytes[length + 1] = UInt8(truncatingIfNeeded: count)
    }

    private mutating func name(_ name: DNSName) {
        for label in name.labels {
            bytes.append(UInt8(truncatingIfNeeded: label.count))
            bytes += label
        }
        bytes.append(0)
    }

    private mutating func two(_ value: some BinaryInteger) {
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    private mutating func four(_ value: UInt32) {
        two(value >> 16)
        two(value)
    }
}
