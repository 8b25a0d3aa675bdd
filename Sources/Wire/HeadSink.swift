/// Writes a head into memory that is known to be large enough: a pointer that moves on.
///
/// Invariant: the caller reserved `reserve(...)` bytes before it began; nothing here checks.
package struct HeadSink {
    package private(set) var at: UnsafeMutableRawPointer

    @inline(__always)
    package init(_ start: UnsafeMutableRawPointer) { at = start }

    @inline(__always)
    package mutating func put(_ text: StaticString) {
        at.copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        at += text.utf8CodeUnitCount
    }

    @inline(__always)
    package mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        at.copyMemory(from: start, byteCount: bytes.count)
        at += bytes.count
    }

    @inline(__always)
    package mutating func put(_ start: UnsafeRawPointer, _ count: Int) {
        at.copyMemory(from: start, byteCount: count)
        at += count
    }

    package mutating func put(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { put($0) }
    }

    @inline(__always)
    package mutating func put(byte: UInt8) {
        at.storeBytes(of: byte, as: UInt8.self)
        at += 1
    }

    package mutating func put(decimal number: Int) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { memory in
            var at = 24
            var rest = number.magnitude
            repeat {
                at -= 1
                memory[at] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
                rest /= 10
            } while rest > 0
            put(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[at..<24]))
        }
    }

    /// Lower-case hexadecimal digits without leading zeros: a chunk size.
    package mutating func put(hex number: Int) {
        var shift = (Int.bitWidth - 1 - max(number, 1).leadingZeroBitCount) & ~3
        while shift >= 0 {
            let nibble = UInt8(truncatingIfNeeded: number >> shift & 15)
            put(byte: nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble)
            shift -= 4
        }
    }
}

/// Which fields of a received head do not go on.
package struct Dropping {
    /// One bit a `FieldName`.
    package var ids: UInt64
    /// Names in lower case beside those, from a rule.
    package var names: [[UInt8]]
    package var underscores: Bool

    package init(ids: UInt64, names: [[UInt8]] = [], underscores: Bool) {
        self.ids = ids
        self.names = names
        self.underscores = underscores
    }

    package static func bits(_ names: FieldName...) -> UInt64 {
        names.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    }

    /// What concerns one connection only (RFC 9110 7.6.1).
    package static let hopByHop: UInt64 = bits(
        .connection, .transferEncoding, .upgrade, .te, .keepAlive, .proxyConnection, .http2Settings,
        .proxyAuthorization,
        .proxyAuthenticate)
}

extension HeadLines {
    /// Copies the field lines that go on: unbroken runs of them at once.
    ///
    /// A second `Content-Length` (equal, or the head were refused) is left out. `namesFields`: `Connection` names
    /// further fields to leave out; protected ones stay (`FieldName.isProtected`).
    package func copyFields(into sink: inout HeadSink, dropping: borrowing Dropping, namesFields: Bool) {
        var runStart = startLineEnd
        var seenLength = false
        let special = namesFields || !dropping.names.isEmpty
        for at in 0..<fieldCount {
            let field = fields[at]
            var drops =
                (dropping.ids >> UInt64(field.id.rawValue)) & 1 == 1 || (field.hasUnderscore && dropping.underscores)
            if field.id == .contentLength {
                drops = drops || seenLength
                seenLength = true
            }
            if special, !drops { drops = isNamed(field, dropping.names, namesFields) }
            guard drops else { continue }
            if Int(field.start) > runStart { sink.put(base + runStart, Int(field.start) &- runStart) }
            runStart = Int(field.end)
        }
        // the empty line that ends the head is two bytes
        let end = fieldCount > 0 ? Int(fields[fieldCount &- 1].end) : startLineEnd
        if end > runStart { sink.put(base + runStart, end &- runStart) }
    }

    private func isNamed(_ field: Field, _ names: [[UInt8]], _ namesFields: Bool) -> Bool {
        let name = self.name(field)
        for dropped in names where dropped.withUnsafeBytes({ name.isCaseless($0) }) { return true }
        guard namesFields, !field.id.isProtected else { return false }
        var found = false
        for at in 0..<fieldCount where fields[at].id == .connection {
            value(fields[at]).forEachListMember { if $0.isCaseless(name) { found = true } }
        }
        return found
    }
}
