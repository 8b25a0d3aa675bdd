/// Where a key belongs in the tables of this process. Keyed anew in each process (SipHash with a random key, the standard
/// library's), so that nobody outside can find keys that fall together.
package enum KeyHash {
    package static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(bytes: bytes)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    package static func of(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { of($0) } }
}
