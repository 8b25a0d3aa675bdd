internal import Wire

/// What a request is called in logs on both sides.
extension Exchange {
    /// The request's name in logs on both sides: the client's where it is well-formed, else a random one.
    func identify() {
        if head.requestIDField >= 0 {
            let given = head.lines.value(head.lines.fields[head.requestIDField])
            if Self.isRequestID(given) {
                requestID.copyMemory(from: given.baseAddress!, byteCount: given.count)
                requestIDCount = given.count
                return
            }
        }
        requestID.storeBytes(of: Self.hex(loop.random.next()), as: SIMD16<UInt8>.self)
        requestID.storeBytes(of: Self.hex(loop.random.next()), toByteOffset: 16, as: SIMD16<UInt8>.self)
        requestIDCount = 32
    }

    static func isRequestID(_ given: UnsafeRawBufferPointer) -> Bool {
        given.count > 0 && given.count <= requestIDCapacity && given.allSatisfy(isIDByte)
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        ByteClass.isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == 0x2d || byte == 0x2e || byte == 0x5f
    }

    /// Sixteen digits at once.
    @inline(__always)
    static func hex(_ value: UInt64) -> SIMD16<UInt8> {
        let bytes = unsafeBitCast(value, to: SIMD8<UInt8>.self)
        var nibbles = SIMD16<UInt8>()
        nibbles.evenHalf = bytes &>> 4
        nibbles.oddHalf = bytes & 15
        return nibbles &+ SIMD16<UInt8>(repeating: 0x30).replacing(with: 0x57, where: nibbles .> 9)
    }

    func copyRequestID(of other: Exchange) {
        requestID.copyMemory(from: other.requestID, byteCount: other.requestIDCount)
        requestIDCount = other.requestIDCount
    }
}
