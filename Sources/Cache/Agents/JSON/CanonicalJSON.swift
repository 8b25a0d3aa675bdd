internal import Glibc
internal import Wire

/// Writes a value in the one form that all texts of the same meaning share: no blanks, names in order, strings with as
/// few escapes as there can be, numbers as `DecimalForm` has them.
///
/// After RFC 8785 but for two things, as nobody but us reads it: names are ordered by their bytes in UTF-8 rather than
/// by UTF-16 units, and digits are never rounded.
struct CanonicalJSON {
    private let tape: JSONTape
    private(set) var bytes: [UInt8]
    /// Names of the objects that are being written, each object's behind those of the one that holds it.
    private var order: [Int] = []
    /// The place of the value that `hole` is written for; -1: none.
    private let omitted: Int

    /// Stands for a value that was left out: no JSON text has this byte, so nothing else reads like it.
    static let hole: UInt8 = 0x01

    /// - Parameter omitted: the place of a value that `hole` is written for.
    init(_ tape: JSONTape, omitting omitted: Int = -1) {
        self.tape = tape
        self.omitted = omitted
        bytes = []
        bytes.reserveCapacity(tape.text.count + 16)
    }

    /// Writes the value at `at`. Of an object, members are left out whose name's place `isLeftOut` takes; those of the
    /// objects within it are all written.
    mutating func write(_ at: Int, isLeftOut: (Int) -> Bool = { _ in false }) throws(JSONTape.Fault) {
        if at == omitted { return bytes.append(Self.hole) }
        switch tape.values[at].kind {
        case .object: try object(at, isLeftOut)
        case .array: try array(at)
        case .string, .name: string(tape.bytes(at))
        case .number: try DecimalForm.append(tape.bytes(at), to: &bytes)
        case .null, .true, .false: bytes.append(contentsOf: tape.bytes(at))
        }
    }

    private mutating func object(_ at: Int, _ isLeftOut: (Int) -> Bool) throws(JSONTape.Fault) {
        let start = order.count
        order.append(contentsOf: tape.elements(at))
        let end = order.count
        defer { order.removeSubrange(start...) }
        try sort(start)
        bytes.append(0x7b)
        var isFirst = true
        for index in start..<end where !isLeftOut(order[index]) {
            if !isFirst { bytes.append(0x2c) }
            isFirst = false
            string(tape.bytes(order[index]))
            bytes.append(0x3a)
            try write(order[index] + 1)
        }
        bytes.append(0x7d)
    }

    private mutating func array(_ at: Int) throws(JSONTape.Fault) {
        bytes.append(0x5b)
        var isFirst = true
        for element in tape.elements(at) {
            if !isFirst { bytes.append(0x2c) }
            isFirst = false
            try write(element)
        }
        bytes.append(0x5d)
    }

    /// Orders the names from `start` on, none of which may stand twice.
    private mutating func sort(_ start: Int) throws(JSONTape.Fault) {
        let tape = tape
        // by way of the buffer: a slice of the array would be a copy
        order.withUnsafeMutableBufferPointer { all in
            all[start...].sort { Self.compare(tape.bytes($0), tape.bytes($1)) < 0 }
        }
        for index in order.indices.dropFirst(start + 1)
        where Self.compare(tape.bytes(order[index - 1]), tape.bytes(order[index])) == 0 {
            throw .nameTwice
        }
    }

    private static func compare(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Int {
        let shared = min(one.count, other.count)
        if shared > 0, let left = one.baseAddress, let right = other.baseAddress {
            let difference = memcmp(left, right, shared)
            if difference != 0 { return Int(difference) }
        }
        return one.count - other.count
    }

    private mutating func string(_ text: UnsafeRawBufferPointer) {
        bytes.append(0x22)
        var start = 0
        for at in 0..<text.count where text[at] < 0x20 || text[at] == 0x22 || text[at] == 0x5c {
            bytes.append(contentsOf: text[start..<at])
            start = at + 1
            bytes.append(0x5c)
            if text[at] >= 0x20 {
                bytes.append(text[at])
            } else {
                // always six characters: the short forms would be a second spelling to get right
                bytes.append(contentsOf: "u00".utf8)
                bytes.append(0x30 + text[at] >> 4)
                bytes.append(Self.digit(text[at] & 15))
            }
        }
        bytes.append(contentsOf: text[start...])
        bytes.append(0x22)
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
}
