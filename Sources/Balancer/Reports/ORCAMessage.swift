/// `xds.data.orca.v3.OrcaLoadReport` in protobuf, as far as its figures are used; other fields are passed over.
enum ORCAMessage {
    private static let longest = 4096

    static func parse(base64 text: UnsafeRawBufferPointer) -> LoadReport? {
        guard text.count <= longest else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: longest, alignment: 1) { space in
            guard let count = Base64.decode(text, into: space) else { return nil }
            return parse(UnsafeRawBufferPointer(rebasing: space[0..<count]))
        }
    }

    static func parse(_ bytes: UnsafeRawBufferPointer) -> LoadReport? {
        var report = LoadReport()
        var fields = ProtobufFields(bytes)
        while let (number, value) = fields.next() {
            switch (number, value) {
            case (1, .double(let value)): report.take(.cpu, value)
            case (2, .double(let value)): report.take(.memory, value)
            case (3, .integer(let value)): if report.rps == nil { report.take(.rps, Double(value)) }
            case (5, .bytes(let entry)), (8, .bytes(let entry)): take(entry, &report)
            case (6, .double(let value)): report.take(.rps, value)
            case (7, .double(let value)): report.take(.eps, value)
            case (9, .double(let value)): report.take(.utilization, value)
            default: break
            }
        }
        return fields.isBroken ? nil : report
    }

    /// An entry of a map from names to figures.
    private static func take(_ entry: UnsafeRawBufferPointer, _ report: inout LoadReport) {
        var name = UnsafeRawBufferPointer(start: nil, count: 0)
        var figure = 0.0
        var fields = ProtobufFields(entry)
        while let (number, value) = fields.next() {
            switch (number, value) {
            case (1, .bytes(let value)): name = value
            case (2, .double(let value)): figure = value
            default: break
            }
        }
        if !fields.isBroken { report.take(named: name, figure) }
    }
}

/// The fields of one protobuf message, one after the other.
struct ProtobufFields {
    enum Value {
        case integer(UInt64)
        case double(Double)
        case bytes(UnsafeRawBufferPointer)
        /// 32 bits, of which no field here is.
        case short
    }

    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    /// What was read is not to be used.
    private(set) var isBroken = false

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Nil at the end, and where the message is broken.
    mutating func next() -> (number: UInt64, Value)? {
        guard !isBroken, at < bytes.count else { return nil }
        guard let tag = varint(), tag >> 3 != 0, let value = value(tag & 7) else {
            isBroken = true
            return nil
        }
        return (tag >> 3, value)
    }

    private mutating func value(_ type: UInt64) -> Value? {
        switch type {
        case 0: return varint().map(Value.integer)
        case 1:
            return take(8).map { .double(Double(bitPattern: UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)))) }
        case 2:
            guard let count = varint(), let count = Int(exactly: count) else { return nil }
            return take(count).map(Value.bytes)
        case 5: return take(4).map { _ in .short }
        default: return nil
        }
    }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= bytes.count - at else { return nil }
        defer { at += count }
        return bytes.part(at, at + count)
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard at < bytes.count else { return nil }
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        return nil
    }
}
