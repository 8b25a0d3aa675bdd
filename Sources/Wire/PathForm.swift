/// The one form of a path that is matched, keyed and forwarded.
///
/// Dot segments are removed (RFC 3986 5.2.4, clamped at the root), runs of slashes are one slash, escapes of unreserved
/// characters are decoded and the digits of all others written in upper case (RFC 3986 6.2.2). Everything else stays as
/// it is, `\` and `;` included. The form of a form is the form.
package enum PathForm {
    /// What a path's normal form holds that agents read differently from one another. A segment that `..` took away
    /// does not count: nobody behind us sees it.
    package struct Flags: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// `%2F`, `%5C` or `%00`.
        package static let encodedDelimiter = Flags(rawValue: 1)
        /// A `%` that two hexadecimal digits do not follow.
        package static let invalidEscape = Flags(rawValue: 2)
    }

    package struct Result: Sendable, Hashable {
        /// Bytes written, never more than were read.
        package var count: Int
        package var flags: Flags

        package var encodedDelimiter: Bool { flags.contains(.encodedDelimiter) }
        package var invalidEscape: Bool { flags.contains(.invalidEscape) }
    }

    /// True when `normalise` would change nothing *and* raise no flag, as for nearly every path: one pass, eight bytes
    /// at a time.
    package static func isNormal(_ path: UnsafeRawBufferPointer) -> Bool {
        guard let base = path.baseAddress, path.count > 0 else { return true }
        let count = path.count
        // No other path without a leading slash is called normal, so none slips past a caller that forgot to look.
        if path[0] != Byte.slash { return count == 1 && path[0] == Byte.asterisk }
        var at = 0
        while at &+ 9 <= count {
            let here = base.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            let next = base.loadUnaligned(fromByteOffset: at &+ 1, as: UInt64.self)
            // "//" and "/." in one comparison: '.' and '/' differ in the lowest bit alone.
            let pair =
                zeroBytes(here ^ 0x2f2f_2f2f_2f2f_2f2f)
                & zeroBytes((next | 0x0101_0101_0101_0101) ^ 0x2f2f_2f2f_2f2f_2f2f)
            if pair | zeroBytes(here ^ 0x2525_2525_2525_2525) != 0 {
                return isNormalByByte(path, from: at)
            }
            at &+= 8
        }
        return isNormalByByte(path, from: at)
    }

    /// Writes the normal form of `path` into `into`, which is at least as long and may be the same memory.
    ///
    /// A path without a leading slash stays without one; an empty one stays empty.
    package static func normalise(_ path: UnsafeRawBufferPointer, into: UnsafeMutableRawBufferPointer) -> Result {
        guard let from = path.baseAddress, let to = into.baseAddress, into.count >= path.count else {
            return Result(count: 0, flags: path.isEmpty ? [] : .invalidEscape)
        }
        var scan = Scan(from: from, end: path.count, to: to)
        scan.run()
        return Result(count: scan.written, flags: scan.flags)
    }

    /// 0x80 in exactly the bytes of `word` that are zero.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        return ~(((word & low) &+ low) | word | low)
    }

    private static func isNormalByByte(_ path: UnsafeRawBufferPointer, from start: Int) -> Bool {
        let count = path.count
        var at = start
        while at < count {
            let byte = path[at]
            at &+= 1
            if byte == Byte.slash {
                guard at < count else { return true }
                if path[at] == Byte.slash { return false }
                if path[at] == Byte.dot, isDotSegment(path, at: at) { return false }
            } else if byte == Byte.percent {
                guard at &+ 2 <= count, isPlainEscape(path[at], path[at &+ 1]) else { return false }
                at &+= 2
            }
        }
        return true
    }

    private static func isDotSegment(_ path: UnsafeRawBufferPointer, at: Int) -> Bool {
        var end = at &+ 1
        if end < path.count, path[end] == Byte.dot { end &+= 1 }
        return end == path.count || path[end] == Byte.slash
    }

    /// An escape that stays as it is and raises no flag.
    private static func isPlainEscape(_ first: UInt8, _ second: UInt8) -> Bool {
        let high = ByteClass.hex(first), low = ByteClass.hex(second)
        guard high < 16, low < 16, first < 0x61, second < 0x61 else { return false }
        let value = high << 4 | low
        return !isUnreserved(value) && !isDelimiter(value)
    }

    /// RFC 3986 2.3.
    fileprivate static func isUnreserved(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x2d || byte == Byte.dot || byte == 0x5f
            || byte == 0x7e
    }

    fileprivate static func isDelimiter(_ byte: UInt8) -> Bool { byte == Byte.slash || byte == 0x5c || byte == 0 }

    fileprivate enum Byte {
        static let slash: UInt8 = 0x2f
        static let dot: UInt8 = 0x2e
        static let percent: UInt8 = 0x25
        static let asterisk: UInt8 = 0x2a
    }
}

/// The walk over a path that is not in its normal form yet.
///
/// `written <= read` always, so reading and writing may share memory. A segment is looked at when it ends, after its
/// escapes have been decoded: `%2e%2e` is a dot segment like `..`.
private struct Scan {
    let from: UnsafeRawPointer
    let end: Int
    let to: UnsafeMutableRawPointer
    var read = 0
    var written = 0
    var flags: PathForm.Flags = []
    /// Where the output's first segment begins: 1 behind a leading slash, else 0.
    var root = 0
    /// Where the output's current segment begins.
    var segment = 0
    /// Where in the current output segment the last invalid `%` stands, or -3.
    var invalid = -3
    var popped = false

    init(from: UnsafeRawPointer, end: Int, to: UnsafeMutableRawPointer) {
        self.from = from
        self.end = end
        self.to = to
    }

    mutating func run() {
        if end > 0, byte(0) == PathForm.Byte.slash {
            put(PathForm.Byte.slash)
            read = 1
            root = 1
            segment = 1
        }
        while read < end {
            let next = byte(read)
            if next == PathForm.Byte.slash {
                read &+= 1
                endSegment(atSlash: true)
            } else if next == PathForm.Byte.percent {
                escape()
            } else {
                read &+= 1
                put(next)
            }
        }
        endSegment(atSlash: false)
        if popped, !flags.isEmpty { flags = flagsOfOutput() }
    }

    private func flagsOfOutput() -> PathForm.Flags {
        var found: PathForm.Flags = []
        let output = UnsafeRawBufferPointer(start: to, count: written)
        for at in output.indices where output[at] == PathForm.Byte.percent {
            let high = at &+ 2 < written ? ByteClass.hex(output[at &+ 1]) : 255
            let low = high < 16 ? ByteClass.hex(output[at &+ 2]) : 255
            if low > 15 {
                found.insert(.invalidEscape)
            } else if PathForm.isDelimiter(high << 4 | low) {
                found.insert(.encodedDelimiter)
            }
        }
        return found
    }

    private mutating func endSegment(atSlash: Bool) {
        let length = written &- segment
        invalid = -3
        if length > 0, length <= 2, isDots(length) {
            written = segment
            if length == 2 { pop() }
        } else if length > 0, atSlash {
            put(PathForm.Byte.slash)
        }
        // An empty segment adds nothing: the output ends with a slash already, or is empty.
        segment = written
    }

    private func isDots(_ length: Int) -> Bool {
        for at in segment..<(segment &+ length) where to.load(fromByteOffset: at, as: UInt8.self) != PathForm.Byte.dot {
            return false
        }
        return true
    }

    /// Takes the segment before `segment` and its slash away; at the root there is none (RFC 3986 5.2.4, 2C).
    private mutating func pop() {
        guard written > root else { return }
        popped = true
        written &-= 1
        while written > root, to.load(fromByteOffset: written &- 1, as: UInt8.self) != PathForm.Byte.slash {
            written &-= 1
        }
    }

    private mutating func escape() {
        let high = read &+ 2 < end ? ByteClass.hex(byte(read &+ 1)) : 255
        let low = high < 16 ? ByteClass.hex(byte(read &+ 2)) : 255
        guard low < 16 else {
            flags.insert(.invalidEscape)
            invalid = written
            read &+= 1
            put(PathForm.Byte.percent)
            return
        }
        let value = high << 4 | low
        read &+= 3
        // Behind an invalid `%` a decoded digit would complete an escape that nobody sent, to be decoded by the next
        // reader.
        let wouldComplete = written &- invalid <= 2 && ByteClass.hex(value) < 16
        if PathForm.isUnreserved(value), !wouldComplete {
            put(value)
            return
        }
        if PathForm.isDelimiter(value) { flags.insert(.encodedDelimiter) }
        put(PathForm.Byte.percent)
        put(Self.digit(high))
        put(Self.digit(low))
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 &+ value : 0x37 &+ value }

    private func byte(_ at: Int) -> UInt8 { from.load(fromByteOffset: at, as: UInt8.self) }

    private mutating func put(_ byte: UInt8) {
        to.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
        written &+= 1
    }
}
