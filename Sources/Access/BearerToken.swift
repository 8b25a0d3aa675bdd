/// The value of an `Authorization` field with the scheme `Bearer` (RFC 6750, section 2.1).
package enum BearerToken {
    /// What a header of that form can carry, in the words of a check.
    static let rule = "expected letters, digits and -._~+/ with = at the end only: a Bearer header carries no others"

    /// The token within a field value: after the scheme in any case and at least one space; nil where the scheme is
    /// another or what follows is no b64token. The slice is of the value's own bytes.
    package static func parse(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let scheme: StaticString = "bearer"
        let length = scheme.utf8CodeUnitCount
        guard value.count > length + 1 else { return nil }
        for index in 0..<length where value[index] | 0x20 != scheme.utf8Start[index] { return nil }
        var start = length
        while start < value.count && value[start] == UInt8(ascii: " ") { start += 1 }
        var end = value.count
        while end > start && (value[end - 1] == UInt8(ascii: " ") || value[end - 1] == UInt8(ascii: "\t")) { end -= 1 }
        guard start > length && start < end else { return nil }
        let token = UnsafeRawBufferPointer(rebasing: value[start..<end])
        return isWellFormed(token) ? token : nil
    }

    static func isWellFormed(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isWellFormed(UnsafeRawBufferPointer($0)) }
    }

    /// b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
    static func isWellFormed(_ token: UnsafeRawBufferPointer) -> Bool {
        var end = token.count
        while end > 0 && token[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end > 0 else { return false }
        for index in 0..<end {
            switch token[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                continue
            default: return false
            }
        }
        return true
    }
}
