/// Bytes of lines that wait to be written out: one memory that grows, is drained, and is used again.
///
/// Invariant: `count <= capacity`, and the first `count` bytes are initialised.
package struct LineBuffer: ~Copyable {
    /// Memory beyond this is given back when the buffer is emptied, so that one burst is not kept for ever.
    package static let keptCapacity = 256 * 1024

    package private(set) var count = 0
    private var capacity: Int
    private var memory: UnsafeMutableRawPointer

    package init(capacity: Int = 4096) {
        self.capacity = max(capacity, 64)
        memory = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    package var isEmpty: Bool { count == 0 }

    /// The bytes; valid until the next change.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    package mutating func removeAll() {
        count = 0
        guard capacity > Self.keptCapacity else { return }
        memory.deallocate()
        capacity = Self.keptCapacity
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    /// Takes bytes off the end, down to `count`; a larger number changes nothing.
    package mutating func truncate(to count: Int) {
        self.count = min(self.count, max(count, 0))
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        memory.advanced(by: count).copyMemory(from: start, byteCount: bytes.count)
        count &+= bytes.count
    }

    package mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    package mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    package mutating func append(byte: UInt8) {
        reserve(1)
        memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    /// A whole number in decimal digits.
    package mutating func append(decimal number: Int) {
        reserve(20)
        if number < 0 { append(byte: UInt8(ascii: "-")) }
        var rest = number.magnitude
        var digits = 1
        var bound: UInt = 10
        while rest >= bound {
            digits &+= 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        write(&rest, digits: digits)
    }

    /// The last `digits` decimal digits of a number, with leading zeros.
    package mutating func append(_ number: Int, digits: Int) {
        reserve(digits)
        var rest = number.magnitude
        write(&rest, digits: digits)
    }

    /// A duration as milliseconds with three decimals: `12.345`.
    package mutating func append(milliseconds nanoseconds: Int64) {
        let microseconds = Int(max(nanoseconds, 0)) / 1000
        append(decimal: microseconds / 1000)
        append(byte: UInt8(ascii: "."))
        append(microseconds % 1000, digits: 3)
    }

    private mutating func write(_ rest: inout UInt, digits: Int) {
        var offset = count &+ digits
        count = offset
        for _ in 0..<digits {
            offset &-= 1
            memory.storeBytes(of: 48 &+ UInt8(truncatingIfNeeded: rest % 10), toByteOffset: offset, as: UInt8.self)
            rest /= 10
        }
    }

    private mutating func reserve(_ more: Int) {
        if count &+ more > capacity { grow(count + more) }
    }

    private mutating func grow(_ needed: Int) {
        let wanted = max(needed, capacity * 2)
        let grown = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
        grown.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = grown
        capacity = wanted
    }
}
