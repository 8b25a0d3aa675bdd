internal import Wire

/// Looks parameters up in a query as browsers write them (`a=1&b=two+words`), without taking it apart first.
enum QueryText {
    /// Whether a parameter of this name is there, with this value if one is given. Escapes and `+` count as what they
    /// stand for; of several parameters with one name any will do.
    static func has(
        _ query: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?
    ) -> Bool {
        var start = 0
        while start < query.count {
            var end = start
            var equals = -1
            while end < query.count, query[end] != UInt8(ascii: "&") {
                if equals < 0, query[end] == UInt8(ascii: "=") { equals = end }
                end &+= 1
            }
            let nameEnd = equals < 0 ? end : equals
            if reads(query, start, nameEnd, as: name) {
                guard let value else { return true }
                if reads(query, min(nameEnd &+ 1, end), end, as: value) { return true }
            }
            start = end &+ 1
        }
        return false
    }

    /// Whether the bytes from `start` to `end`, decoded, are the text.
    private static func reads(
        _ query: UnsafeRawBufferPointer, _ start: Int, _ end: Int, as text: UnsafeRawBufferPointer
    ) -> Bool {
        var at = start
        var read = 0
        while at < end {
            var byte = query[at]
            at &+= 1
            if byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            } else if byte == UInt8(ascii: "%"), at &+ 1 < end {
                let high = ByteClass.hex(query[at]), low = ByteClass.hex(query[at &+ 1])
                if high < 16, low < 16 {
                    byte = high << 4 | low
                    at &+= 2
                }
            }
            guard read < text.count, text[read] == byte else { return false }
            read &+= 1
        }
        return read == text.count
    }
}
