internal import Wire

/// The one spelling of a number: `-` where it is below zero, its digits without zeros at either end, and the power of
/// ten where that is not 0. `1`, `1.0` and `10e-1` are `1`; `100` is `1e2`; both zeros are `0`.
///
/// Digits are never rounded: 9007199254740993 and ...992 stay two numbers, which RFC 8785 would make one.
enum DecimalForm {
    /// Appends the spelling of a number that is written as JSON has it.
    static func append(_ number: UnsafeRawBufferPointer, to bytes: inout [UInt8]) throws(JSONTape.Fault) {
        let start = bytes.count
        var at = 0
        if number.first == 0x2d {
            bytes.append(0x2d)
            at = 1
        }
        let digits = bytes.count
        var power = 0
        var isFraction = false
        while at < number.count, number[at] | 0x20 != 0x65 {
            let byte = number[at]
            at += 1
            if byte == 0x2e {
                isFraction = true
                continue
            }
            if isFraction { power -= 1 }
            if byte != 0x30 || bytes.count > digits { bytes.append(byte) }
        }
        while bytes.count > digits, bytes.last == 0x30 {
            bytes.removeLast()
            power += 1
        }
        let written = try exponent(number, from: at + 1)
        if bytes.count == digits {
            bytes.removeSubrange(start...)
            bytes.append(0x30)
        } else if power + written != 0 {
            bytes.append(0x65)
            bytes.append(contentsOf: String(power + written).utf8)
        }
    }

    /// What stands after the `e`; 0 where none does.
    private static func exponent(_ number: UnsafeRawBufferPointer, from start: Int) throws(JSONTape.Fault) -> Int {
        guard start < number.count else { return 0 }
        let isNegative = number[start] == 0x2d
        var value = 0
        for byte in number[start...] where ByteClass.isDigit(byte) {
            value = value * 10 + Int(byte - 0x30)
            guard value <= 999_999_999 else { throw .number }
        }
        return isNegative ? -value : value
    }
}
