internal import Glibc

/// One field line of a head: where its parts stand, counted in bytes from the start of the head.
package struct Field: Sendable {
    /// First byte of the name, and of the line.
    package var start: UInt32
    package var nameLength: UInt16
    package var id: FieldName
    /// The name holds an underscore: such names are dropped unless allowed, for back ends that read `_` as `-`.
    package var hasUnderscore: Bool
    package var valueStart: UInt32
    package var valueEnd: UInt32
    /// One past the CR LF of the line.
    package var end: UInt32
}

/// The lines of a head, found as its bytes come: the start line and the fields, in memory that the head owns and uses again.
///
/// Bytes are looked at in place while a whole head stands in what was read, and are copied once it is complete; a head
/// that comes in pieces is collected here first. Any split of the input gives the same lines.
package final class HeadLines {
    package enum Step: Equatable {
        /// The head is not complete.
        case more
        /// The head is complete; this many of the bytes just given belong to it.
        case complete(Int)
        case failed(WireFailure)
    }

    package private(set) var base: UnsafeMutableRawPointer
    package private(set) var count = 0
    private var capacity: Int
    package private(set) var fields: UnsafeMutablePointer<Field>
    package private(set) var fieldCount = 0
    private var fieldCapacity: Int
    /// One past the CR LF of the start line, once that is known.
    package private(set) var startLineEnd = 0
    package private(set) var startLineStart = 0
    private var lineStart = 0
    private var scanned = 0
    /// Calls the owner with the start line as soon as it is whole, so that a wrong one is refused at once.
    private var hasStartLine = false

    package init() {
        capacity = 1024
        base = .allocate(byteCount: capacity, alignment: 16)
        fieldCapacity = 32
        fields = .allocate(capacity: fieldCapacity)
    }

    /// Field lines without a start line: a trailer section (RFC 9112 7.1.2).
    package convenience init(fieldsOnly: Void) {
        self.init()
        hasStartLine = true
    }

    deinit {
        base.deallocate()
        fields.deallocate()
    }

    /// Forgets the head; keeps the memory unless a large head made it grow.
    package func reset() {
        count = 0
        fieldCount = 0
        lineStart = 0
        scanned = 0
        startLineEnd = 0
        startLineStart = 0
        hasStartLine = false
        if capacity > 8192 {
            base.deallocate()
            capacity = 1024
            base = .allocate(byteCount: capacity, alignment: 16)
        }
    }

    /// Some bytes of a head have come, but not all.
    package var isPartial: Bool { count > 0 }

    @inline(__always)
    package func slice(_ start: UInt32, _ end: UInt32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + Int(start), count: Int(end &- start))
    }

    func byte(_ at: UInt32) -> UInt8 { base.load(fromByteOffset: Int(at), as: UInt8.self) }

    @inline(__always)
    package func name(_ field: Field) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + Int(field.start), count: Int(field.nameLength))
    }

    @inline(__always)
    package func value(_ field: Field) -> UnsafeRawBufferPointer { slice(field.valueStart, field.valueEnd) }

    /// Takes the next bytes. `startLine` checks the start line, given without its CR LF, once, as soon as it is whole;
    /// the bytes it gets are only valid during the call, and stand at the same offsets in the head later.
    package func take(
        _ bytes: UnsafeRawBufferPointer, limits: WireLimits, startLine: (UnsafeRawBufferPointer) -> WireFailure?
    ) -> Step {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return .more }
        if count == 0 {
            let step = scan(start, bytes.count, limits, startLine)
            switch step {
            case .complete(let consumed): append(start, consumed)
            case .more: append(start, bytes.count)
            // what was understood of a wrong head is told in the log: it must stand where its offsets say
            case .failed: append(start, min(bytes.count, limits.headBytes &+ 3))
            }
            return step
        }
        let before = count
        append(start, min(bytes.count, max(0, limits.headBytes &+ 3 &- before)))
        let step = scan(UnsafeRawPointer(base), count, limits, startLine)
        guard case .complete(let end) = step else { return step }
        count = end
        return .complete(end &- before)
    }

    /// Takes `start..<end` out of the start line: what stands before it moves up to what follows, and the bytes are
    /// gone. Fields stay where they are. Answers how far the line's first bytes have moved.
    func cut(_ start: UInt32, _ end: UInt32) -> UInt32 {
        let (low, high) = (Int(start), Int(end))
        guard low >= startLineStart, high > low, high < startLineEnd else { return 0 }
        let size = high &- low
        (base + startLineStart + size).copyMemory(from: base + startLineStart, byteCount: low &- startLineStart)
        memset(base, 0, startLineStart &+ size)
        startLineStart &+= size
        return UInt32(truncatingIfNeeded: size)
    }

    private func append(_ bytes: UnsafeRawPointer, _ length: Int) {
        if count &+ length > capacity {
            capacity = max(capacity &* 2, count &+ length)
            let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
            larger.copyMemory(from: base, byteCount: count)
            base.deallocate()
            base = larger
        }
        (base + count).copyMemory(from: bytes, byteCount: length)
        count &+= length
    }

    private func scan(
        _ bytes: UnsafeRawPointer, _ length: Int, _ limits: WireLimits,
        _ startLine: (UnsafeRawBufferPointer) -> WireFailure?
    ) -> Step {
        while true {
            guard scanned < length, let found = memchr(bytes + scanned, 0x0a, length &- scanned) else {
                return incomplete(bytes, length, limits)
            }
            let feed = UnsafeRawPointer(found) - bytes
            let isWhole = feed > lineStart && bytes.load(fromByteOffset: feed &- 1, as: UInt8.self) == 0x0d
            if let failure = fault(bytes, from: lineStart, to: isWhole ? feed &- 1 : feed, limits) {
                return .failed(failure)
            }
            guard isWhole else { return .failed(.bareLineFeed) }
            let next = feed &+ 1
            if !hasStartLine {
                if feed &- 1 == lineStart {
                    // an empty line before the request line is ignored (RFC 9112 2.2), two at most
                    if lineStart >= 4 { return .failed(.requestLine) }
                } else {
                    startLineStart = lineStart
                    startLineEnd = next
                    hasStartLine = true
                    let line = UnsafeRawBufferPointer(start: bytes + lineStart, count: feed &- 1 &- lineStart)
                    if let failure = startLine(line) { return .failed(failure) }
                }
            } else if feed &- 1 == lineStart {
                return .complete(next)
            } else if let failure = field(bytes, lineStart, feed &- 1, limits) {
                return .failed(failure)
            }
            lineStart = next
            scanned = next
        }
    }

    /// The last line has no LF yet: what already stands there can be wrong all the same.
    private func incomplete(_ bytes: UnsafeRawPointer, _ length: Int, _ limits: WireLimits) -> Step {
        let endsWithReturn = length > lineStart && bytes.load(fromByteOffset: length &- 1, as: UInt8.self) == 0x0d
        let end = endsWithReturn ? length &- 1 : length
        if let failure = fault(bytes, from: max(scanned &- 1, lineStart), to: end, limits) { return .failed(failure) }
        scanned = length
        return .more
    }

    /// What is wrong with the text of a line whatever the line is: the first control character within the bound, else
    /// the bound itself. Looked at in this order for whole lines and for parts, so that a split changes nothing.
    @inline(__always)
    private func fault(_ bytes: UnsafeRawPointer, from start: Int, to end: Int, _ limits: WireLimits) -> WireFailure? {
        let bound = hasStartLine ? limits.headBytes : min(limits.headBytes, lineStart &+ limits.targetBytes &+ 64)
        let checked = min(end, bound) &- start
        if checked > 0, ByteClass.hasControl(bytes + start, checked) {
            return Self.control(bytes, start, start &+ checked)
        }
        return end > bound ? (hasStartLine ? .headTooLarge : .targetTooLong) : nil
    }

    private static func control(_ bytes: UnsafeRawPointer, _ low: Int, _ high: Int) -> WireFailure {
        for at in low..<high {
            let byte = bytes.load(fromByteOffset: at, as: UInt8.self)
            if byte == 0x0d { return .bareCarriageReturn }
            if (byte < 0x20 && byte != 0x09) || byte == 0x7f { return .control }
        }
        return .control
    }

    /// Reads the field line in `start..<end` (without CR LF).
    @inline(__always)
    private func field(_ bytes: UnsafeRawPointer, _ start: Int, _ end: Int, _ limits: WireLimits) -> WireFailure? {
        var at = start
        var underscore = false
        while at < end {
            let byte = bytes.load(fromByteOffset: at, as: UInt8.self)
            if byte == 0x3a { break }
            guard ByteClass.isToken(byte) else { return Self.nameFault(byte, first: at == start, bytes, at, end) }
            if byte == 0x5f { underscore = true }
            at &+= 1
        }
        guard at < end else { return .fieldWithoutColon }
        guard at > start else { return .fieldName }
        guard at &- start <= Int(UInt16.max) else { return .headTooLarge }
        let name = UnsafeRawBufferPointer(start: bytes + start, count: at &- start)
        var low = at &+ 1
        while low < end, ByteClass.isBlank(bytes.load(fromByteOffset: low, as: UInt8.self)) { low &+= 1 }
        var high = end
        while high > low, ByteClass.isBlank(bytes.load(fromByteOffset: high &- 1, as: UInt8.self)) { high &-= 1 }
        guard fieldCount < limits.fieldCount else { return .tooManyFields }
        if fieldCount == fieldCapacity { growFields() }
        fields[fieldCount] = Field(
            start: UInt32(truncatingIfNeeded: start), nameLength: UInt16(truncatingIfNeeded: at &- start),
            id: FieldName(name),
            hasUnderscore: underscore, valueStart: UInt32(truncatingIfNeeded: low),
            valueEnd: UInt32(truncatingIfNeeded: high),
            end: UInt32(truncatingIfNeeded: end &+ 2))
        fieldCount &+= 1
        return nil
    }

    private func growFields() {
        let larger = UnsafeMutablePointer<Field>.allocate(capacity: fieldCapacity * 2)
        larger.update(from: fields, count: fieldCount)
        fields.deallocate()
        fields = larger
        fieldCapacity *= 2
    }

    private static func nameFault(
        _ byte: UInt8, first: Bool, _ bytes: UnsafeRawPointer, _ at: Int, _ end: Int
    ) -> WireFailure {
        guard ByteClass.isBlank(byte) else { return .fieldName }
        if first { return .foldedField }
        var next = at
        while next < end, ByteClass.isBlank(bytes.load(fromByteOffset: next, as: UInt8.self)) { next += 1 }
        return next < end && bytes.load(fromByteOffset: next, as: UInt8.self) == 0x3a ? .blankBeforeColon : .fieldName
    }
}
