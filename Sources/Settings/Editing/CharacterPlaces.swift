/// Turns libyaml's marks, which count characters, into byte offsets. They are asked for in mostly rising order.
struct CharacterPlaces {
    private let bytes: [UInt8]
    private var offset: Int
    private var index = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // libyaml does not see a byte order mark.
        offset = UTF8Text.markLength(bytes)
    }

    mutating func offset(of target: Int) -> Int {
        while index < target, offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            index += 1
        }
        while index > target, offset > 0 {
            offset -= 1
            while offset > 0, bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
            index -= 1
        }
        return offset
    }
}
