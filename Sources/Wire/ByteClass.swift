/// Which bytes may stand where, as bit sets of constants: no table in memory, no lazy initialisation on the hot path.
package enum ByteClass {
    /// RFC 9110 5.6.2 `tchar`.
    @inline(__always)
    package static func isToken(_ byte: UInt8) -> Bool {
        member(byte, low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe)
    }

    /// What a request target may hold: visible ASCII without `#` (RFC 9112 3.2; a fragment is never sent).
    @inline(__always)
    package static func isTarget(_ byte: UInt8) -> Bool {
        member(byte, low: 0xffff_fff6_0000_0000, high: 0x7fff_ffff_ffff_ffff)
    }

    /// What an authority may hold beside its brackets: unreserved, sub-delims, `%`, `:` (RFC 3986 3.2.2).
    @inline(__always)
    package static func isHost(_ byte: UInt8) -> Bool {
        member(byte, low: 0x2fff_7ff2_0000_0000, high: 0x47ff_fffe_87ff_fffe)
    }

    @inline(__always)
    package static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inline(__always)
    package static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// The value of a hexadecimal digit, or 255.
    @inline(__always)
    package static func hex(_ byte: UInt8) -> UInt8 {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : 255
    }

    @inline(__always)
    package static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    @inline(__always)
    private static func member(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
        let word = byte < 64 ? low : high
        return byte < 128 && (word >> UInt64(byte & 63)) & 1 == 1
    }

    /// True when the bytes hold a control character other than a tab: nothing of the kind may stand in a field value
    /// (RFC 9110 5.5). Sixteen at a time.
    @inline(__always)
    package static func hasControl(_ base: UnsafeRawPointer, _ count: Int) -> Bool {
        var at = 0
        let space = SIMD16<UInt8>(repeating: 0x20)
        let tab = SIMD16<UInt8>(repeating: 0x09)
        let delete = SIMD16<UInt8>(repeating: 0x7f)
        while at &+ 16 <= count {
            let bytes = base.loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self)
            if any(((bytes .< space) .& (bytes .!= tab)) .| (bytes .== delete)) { return true }
            at &+= 16
        }
        while at < count {
            let byte = base.load(fromByteOffset: at, as: UInt8.self)
            if (byte < 0x20 && byte != 0x09) || byte == 0x7f { return true }
            at &+= 1
        }
        return false
    }
}
