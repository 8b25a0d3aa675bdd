/// The events of a stream that is whole in memory (HTML Living Standard 9.2.6).
struct StoredEvents {
    struct Event {
        /// Of the field `event`; empty: none.
        var name: UnsafeRawBufferPointer
        /// Lines of data, joined by LF.
        var data: [UInt8]
    }

    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    /// Where the last blank line ended.
    private var boundary = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.prefix(3).elementsEqual([0xef, 0xbb, 0xbf]) { at = 3 }
        boundary = at
    }

    /// Once there is no next event: nothing of one has come either.
    var isWhole: Bool { boundary == bytes.count }

    /// The next event that has data; comments and settings are passed over.
    mutating func next() -> Event? {
        var name = UnsafeRawBufferPointer(start: nil, count: 0)
        var data: [UInt8]?
        while let line = nextLine() {
            guard !line.isEmpty else {
                boundary = at
                if let data { return Event(name: name, data: data) }
                name = UnsafeRawBufferPointer(start: nil, count: 0)
                continue
            }
            let colon = line.firstIndex(of: 0x3a) ?? line.count
            var value = line[min(line.count, colon + 1)...]
            if value.first == 0x20 { value = value.dropFirst() }
            let field = UnsafeRawBufferPointer(rebasing: line[..<colon])
            if field.elementsEqual("data".utf8) {
                data = data.map { $0 + [0x0a] + value } ?? Array(value)
            } else if field.elementsEqual("event".utf8) {
                name = UnsafeRawBufferPointer(rebasing: value)
            }
        }
        return nil
    }

    /// The next line without its end; nil where none ends any more.
    private mutating func nextLine() -> UnsafeRawBufferPointer? {
        var end = at
        while end < bytes.count, bytes[end] != 0x0a, bytes[end] != 0x0d { end += 1 }
        guard end < bytes.count else { return nil }
        let line = UnsafeRawBufferPointer(rebasing: bytes[at..<end])
        let isPair = bytes[end] == 0x0d && end + 1 < bytes.count && bytes[end + 1] == 0x0a
        at = end + (isPair ? 2 : 1)
        return line
    }
}
