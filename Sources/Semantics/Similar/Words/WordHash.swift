/// FNV-1a over scalars, mixed: by which words and phrases are looked up.
enum WordHash {
    static let empty: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    static func step(_ hash: UInt64, _ scalar: UInt32) -> UInt64 {
        (hash ^ UInt64(scalar)) &* 0x9DDF_EA08_EB38_2D69 ^ hash >> 29
    }

    static func of(_ scalars: some Sequence<UInt32>) -> UInt64 { scalars.reduce(empty, step) }

    static func of(_ text: Substring) -> UInt64 { text.unicodeScalars.reduce(empty) { step($0, $1.value) } }
}
