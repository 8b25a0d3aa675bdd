internal import Wire

/// Entity tags and their two ways to be equal (RFC 9110 8.8.3).
package enum EntityTag {
    /// Bytes; a longer one is as none.
    static let longest = 1024

    package static func isWeak(_ tag: UnsafeRawBufferPointer) -> Bool {
        tag.count >= 2 && tag[0] == 0x57 && tag[1] == 0x2f
    }

    /// The tag without its `W/`.
    private static func opaque(_ tag: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        isWeak(tag) ? UnsafeRawBufferPointer(rebasing: tag[2...]) : tag
    }

    package static func matchesWeakly(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        let one = opaque(one)
        return one.count > 0 && one.elementsEqual(opaque(other))
    }

    package static func matchesStrongly(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        one.count > 0 && !isWeak(one) && !isWeak(other) && one.elementsEqual(other)
    }

    /// Calls `body` with each tag of an `If-Match` or `If-None-Match` list; commas inside of quotes do not separate.
    package static func forEach(_ list: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        var at = 0
        while at < list.count {
            if list[at] == 0x2c || ByteClass.isBlank(list[at]) {
                at += 1
                continue
            }
            let start = at
            while at < list.count, list[at] != 0x2c {
                if list[at] == 0x22 {
                    at += 1
                    while at < list.count, list[at] != 0x22 { at += 1 }
                }
                at += 1
            }
            at = min(at, list.count)
            body(UnsafeRawBufferPointer(rebasing: list[start..<at]).trimmed)
        }
    }
}
