/// All variants of a key as the bytes of one file: a header that tells how long each may stay, then the variants. What is
/// damaged anywhere is nothing.
package enum ResourceCodec {
    /// `CPFi`.
    private static let magic: UInt32 = 0x6946_5043
    private static let version: UInt8 = 1
    /// Magic, version, three zeros, number of variants, when the last of them must go. The end of each follows, then the
    /// checksum of all of that but the magic.
    package static let headerCount = 20

    package static func encode(_ resource: Resource) -> [UInt8] {
        let records = resource.variants.map { EntryCodec.encode($0) }
        var writer = EntryWriter(room: records.reduce(128) { $0 + $1.count })
        writer.number(magic)
        writer.bytes += [version, 0, 0, 0]
        writer.number(UInt32(clamping: records.count))
        for end in [resource.lastEnd] + resource.stays { writer.number(UInt64(bitPattern: end)) }
        writer.number(writer.bytes[4...].withUnsafeBytes { BodyCompression.checksum(of: $0) })
        for record in records { writer.bytes += record }
        return writer.bytes
    }

    /// When all that the header is of must be gone, in wall-clock milliseconds; nil where it is no such header.
    package static func lastEnd(_ header: UnsafeRawBufferPointer) -> Int64? {
        var reader = EntryReader(header)
        guard reader.number() as UInt32 == magic, reader.byte() == version else { return nil }
        reader.skip(7)
        let end = reader.signed()
        return reader.hasFailed ? nil : end
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer) -> Resource? {
        guard lastEnd(bytes) != nil else { return nil }
        var reader = EntryReader(bytes)
        reader.skip(8)
        let count = Int(reader.number() as UInt32)
        guard (1...Resource.mostVariants).contains(count) else { return nil }
        reader.skip(8)
        let stays = (0..<count).map { _ in reader.signed() }
        let header = UnsafeRawBufferPointer(rebasing: bytes[4..<max(4, reader.at)])
        guard reader.number() as UInt32 == BodyCompression.checksum(of: header), !reader.hasFailed else { return nil }
        var resource: Resource?
        var rest = bytes[reader.at...]
        for stay in stays {
            let record = UnsafeRawBufferPointer(rebasing: rest)
            guard let count = EntryCodec.count(of: record),
                let answer = EntryCodec.decode(UnsafeRawBufferPointer(rebasing: record[..<count])),
                answer.key == resource?.key ?? answer.key
            else { return nil }
            resource = resource?.adding(answer, until: stay) ?? Resource(answer, until: stay)
            rest = rest.dropFirst(count)
        }
        return rest.isEmpty && resource?.variants.count == count ? resource : nil
    }
}
