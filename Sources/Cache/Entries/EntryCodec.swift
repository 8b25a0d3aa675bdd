import NIOCore

/// An answer as bytes, for layers outside of the process: a version, lengths before everything, and a checksum. What is
/// damaged, cut off, or of another version is no answer.
///
/// Numbers are little-endian. Whoever changes what is written raises `version`, and names outside carry it too.
package enum EntryCodec {
    package static let version: UInt8 = 1
    /// Bytes of a body that is kept, at most; a record that promises more is not read.
    package static let mostBody = 64 << 20
    /// `CPEn`.
    static let magic: UInt32 = 0x6E45_5043
    /// Magic, checksum of all that follows it, version, flags, kind, a zero, length of the whole record.
    static let headerCount = 16
    private static let checksumEnd = 8
    private static let countStart = 12

    struct Flags: OptionSet {
        let rawValue: UInt8
        static let compressed = Flags(rawValue: 1)
        static let softPurged = Flags(rawValue: 2)
        static let known: Flags = [.compressed, .softPurged]
    }

    package static func encode(_ answer: StoredAnswer) -> [UInt8] {
        var flags: Flags = answer.isSoftPurged ? .softPurged : []
        let packed = answer.body.withUnsafeReadableBytes { BodyCompression.compressed($0) }
        if packed != nil { flags.insert(.compressed) }
        var writer = EntryWriter(room: answer.fields.count + answer.body.readableBytes + 1024)
        writer.number(magic)
        writer.number(UInt32(0))
        writer.bytes += [version, flags.rawValue, code(of: answer.kind), 0]
        writer.number(UInt32(0))
        write(answer.facts, &writer)
        for text in [answer.reason, answer.fields, answer.pace, answer.varyValues, answer.key] {
            writer.text(text)
        }
        writer.number(UInt32(clamping: answer.body.readableBytes))
        if let packed {
            writer.text(packed)
        } else {
            answer.body.withUnsafeReadableBytes { writer.text($0) }
        }
        writer.put(UInt32(clamping: writer.bytes.count), at: countStart)
        writer.put(checksum(of: writer.bytes[checksumEnd...]), at: checksumEnd - 4)
        return writer.bytes
    }

    /// Nil for everything that is not exactly one whole record of this version.
    package static func decode(_ bytes: UnsafeRawBufferPointer) -> StoredAnswer? {
        guard count(of: bytes) == bytes.count else { return nil }
        var reader = EntryReader(bytes)
        reader.skip(4)
        let rest = UnsafeRawBufferPointer(rebasing: bytes[checksumEnd...])
        guard reader.number() as UInt32 == BodyCompression.checksum(of: rest) else { return nil }
        reader.skip(1)
        let flags = Flags(rawValue: reader.byte())
        guard Flags.known.isSuperset(of: flags), let kind = kind(of: reader.byte()) else { return nil }
        reader.skip(5)
        let facts = facts(&reader)
        let reason = reader.text()
        let fields = reader.text()
        let pace = reader.text()
        let varyValues = reader.text()
        let key = reader.text()
        let bodyCount = Int(reader.number() as UInt32)
        let stored = reader.slice()
        guard !reader.hasFailed, reader.isAtEnd, FieldLines.areWhole(fields),
            !reason.contains(where: { $0 < 0x20 && $0 != 9 }), facts.isSound,
            let body = body(stored, bodyCount, flags.contains(.compressed))
        else { return nil }
        return StoredAnswer(
            facts: facts, reason: reason, fields: fields, body: body, pace: pace, varyValues: varyValues,
            key: key, kind: kind, isSoftPurged: flags.contains(.softPurged))
    }

    package static func decode(_ bytes: [UInt8]) -> StoredAnswer? { bytes.withUnsafeBytes { decode($0) } }

    /// How long the record is that begins here, by its header alone; nil where none does.
    package static func count(of bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= headerCount, bytes.loadUnaligned(as: UInt32.self).littleEndian == magic,
            bytes[checksumEnd] == version
        else { return nil }
        let count = Int(bytes.loadUnaligned(fromByteOffset: countStart, as: UInt32.self).littleEndian)
        return count >= headerCount && count <= bytes.count ? count : nil
    }

    private static func body(_ stored: UnsafeRawBufferPointer, _ count: Int, _ isCompressed: Bool) -> ByteBuffer? {
        guard count <= mostBody else { return nil }
        if isCompressed { return BodyCompression.expanded(stored, count) }
        return stored.count == count ? ByteBuffer.kept(stored) : nil
    }

    private static func code(of kind: StoredAnswer.Kind) -> UInt8 {
        switch kind {
        case .http: 0
        case .agent(isStream: false): 1
        case .agent(isStream: true): 2
        }
    }

    private static func kind(of code: UInt8) -> StoredAnswer.Kind? {
        switch code {
        case 0: .http
        case 1: .agent(isStream: false)
        case 2: .agent(isStream: true)
        default: nil
        }
    }

    private static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBytes { BodyCompression.checksum(of: $0) }
    }
}
