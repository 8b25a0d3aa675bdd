/// Text of a prompt, kept within a limit: of a longer one its beginning and its end, for there stands what is wanted.
struct PromptText: Sendable {
    /// Bytes taken so far, also those that were not kept.
    private(set) var count = 0
    private let headLimit: Int
    private let tailLimit: Int
    private var head: [UInt8] = []
    /// The latest bytes behind the head; up to twice its limit before the older half is dropped.
    private var tail: [UInt8] = []

    /// Three quarters of the limit are for the beginning.
    init(limit: Int) {
        headLimit = max(limit - limit / 4, 1)
        tailLimit = max(limit / 4 - 1, 0)
    }

    var isEmpty: Bool { count == 0 }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        count += bytes.count
        if tail.isEmpty, head.count + bytes.count <= headLimit {
            head.append(contentsOf: bytes)
        } else {
            spill(bytes)
        }
    }

    mutating func append(_ byte: UInt8) {
        withUnsafeBytes(of: byte) { append($0) }
    }

    /// Adds another text, on a line of its own.
    mutating func append(line other: PromptText) {
        if other.isEmpty { return }
        if isEmpty {
            self = other
            return
        }
        append(0x0a)
        other.withBytes { append($0) }
    }

    private mutating func spill(_ bytes: UnsafeRawBufferPointer) {
        // the head takes no more once bytes have gone past it
        let room = tail.isEmpty ? min(headLimit - head.count, bytes.count) : 0
        head.append(contentsOf: bytes[..<room])
        let rest = bytes[room...].suffix(tailLimit)
        let excess = tail.count + rest.count - tailLimit
        if excess > tailLimit { tail.removeFirst(min(tail.count, excess)) }
        tail.append(contentsOf: rest)
    }

    /// Forgets what came after the first `length` bytes. Of text beyond the limit, what was dropped stays dropped.
    mutating func cut(to length: Int) {
        guard length < count else { return }
        tail.removeLast(min(tail.count, count - length))
        if length < head.count { head.removeLast(head.count - length) }
        count = length
    }

    /// Forgets the first `length` bytes.
    mutating func drop(first length: Int) {
        guard length > 0 else { return }
        let rest = Array(bytes.dropFirst(length))
        clear()
        rest.withUnsafeBytes { append($0) }
    }

    mutating func clear() {
        head.removeAll(keepingCapacity: true)
        tail.removeAll(keepingCapacity: true)
        count = 0
    }

    /// What was kept; where something was left out, a line feed stands between whole scalars.
    var bytes: [UInt8] {
        var text = head
        guard !tail.isEmpty else { return text }
        let end = tail.suffix(tailLimit)
        if head.count + tail.count == count, tail.count == end.count { return text + tail }
        while let last = text.last, last & 0xc0 == 0x80 { text.removeLast() }
        if let last = text.last, last >= 0xc0 { text.removeLast() }
        text.append(0x0a)
        text.append(contentsOf: end.drop { $0 & 0xc0 == 0x80 })
        return text
    }

    /// The same without a copy where all of it was kept in one piece.
    func withBytes<Answer>(_ body: (UnsafeRawBufferPointer) -> Answer) -> Answer {
        if tail.isEmpty { return head.withUnsafeBytes(body) }
        return bytes.withUnsafeBytes(body)
    }
}
