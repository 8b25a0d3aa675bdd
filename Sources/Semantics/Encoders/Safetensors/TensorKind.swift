/// How a tensor's numbers lie in its bytes, little-endian: the spellings of safetensors.
enum TensorKind: String, Sendable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case bool = "BOOL"
    case float8e4m3 = "F8_E4M3"
    case float8e5m2 = "F8_E5M2"

    /// Bytes of one number.
    var width: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool, .float8e4m3, .float8e5m2: 1
        }
    }

    /// Whether `convert` knows the kind. Weights that are quantised to integers need scales, which the file does not
    /// have; only model2vec's `I8` vectors mean something by themselves.
    var isReadable: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16, .int8: true
        default: false
        }
    }

    /// Numbers of this kind, aligned or not, as floats.
    func convert(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>) {
        switch self {
        case .float32:
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 4 * count)
        case .float16:
            for index in 0..<count {
                target[index] = Self.half(source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
            }
        case .bfloat16:
            for index in 0..<count {
                let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                target[index] = Float(bitPattern: UInt32(bits) << 16)
            }
        case .float64:
            for index in 0..<count {
                target[index] = Float(source.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
            }
        case .int8:
            for index in 0..<count { target[index] = Float(source.load(fromByteOffset: index, as: Int8.self)) }
        default:
            target.update(repeating: .nan, count: count)
        }
    }

    /// IEEE 754 binary16. Multiplying by 2^112 moves the exponent's bias, and makes subnormals what they are.
    static func half(_ bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let magnitude = UInt32(bits & 0x7FFF) << 13
        let isFinite = bits & 0x7C00 != 0x7C00
        let scaled = Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)
        return Float(bitPattern: sign | (isFinite ? scaled.bitPattern : magnitude | 0x7F80_0000))
    }
}
