internal import NIOHPACK

/// How many bytes a block of fields has on the wire. It has to fit one frame, as the library writes no CONTINUATION, and
/// one that is found too long when it has been encoded has changed the table that both sides must agree on.
enum HPACKRoom {
    /// - Parameter bytes: of the frame's payload.
    static func fits(_ headers: HPACKHeaders, in bytes: Int) -> Bool {
        // no code has more than 30 bits: most heads need no closer look
        var most = fixed
        for (name, value, _) in headers { most &+= perField &+ 4 &* (name.utf8.count &+ value.utf8.count) }
        return most <= bytes || room(headers) <= bytes
    }

    /// An upper bound, which is above the truth by what the lengths and indexes of fields may take alone.
    static func room(_ headers: HPACKHeaders) -> Int {
        var bytes = fixed
        for (name, value, _) in headers { bytes &+= perField &+ coded(name) &+ coded(value) }
        return bytes
    }

    /// Changes of the table's size stand before the first field.
    private static let fixed = 16
    /// The kind of a field, its index, and two lengths (RFC 7541 5.1, 6.2).
    private static let perField = 12

    /// Bytes of a string: the library codes every one by Huffman's code, though it be longer that way.
    private static func coded(_ text: String) -> Int {
        var bits = 0
        for byte in text.utf8 { bits &+= Int(codeBits[Int(byte)]) }
        return (bits &+ 7) / 8
    }

    /// Bits of the code of each byte (RFC 7541, appendix B).
    private static let codeBits: [UInt8] = [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
        28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
        7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
        23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
        21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    ]
}
