import Testing
import Wire

@Suite("an authority is HOST[:PORT]")
struct AuthorityTests {
    @Test(
        "the host is what stands before the port",
        arguments: [
            ("a", "a"), ("a:80", "a"), ("a:", "a"), ("[::1]", "[::1]"), ("[::1]:80", "[::1]"), ("1.2.3.4:5", "1.2.3.4"),
        ])
    func host(text: String, host: String) {
        Wires.bytes(text).withUnsafeBytes { bytes in
            #expect(Authority.isValid(bytes))
            #expect(Authority.host(bytes).text == host)
        }
    }

    @Test(
        "anything else is none",
        arguments: ["", ":", ":80", "a@b", "a b", "a:b", "a:1:2", "[", "[]", "[::1", "[::1]x", "a\0", "a:999999"])
    func invalid(text: String) {
        #expect(!Wires.bytes(text).withUnsafeBytes { Authority.isValid($0) })
    }

    @Test("every byte is either part of a host or refused, and never beyond ASCII")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            let isValid = [0x61, byte, 0x61].withUnsafeBytes { Authority.isValid($0) }
            let scalar = Character(UnicodeScalar(byte))
            let expected = byte < 128 && (scalar.isLetter || scalar.isNumber || "-._~!$&'()*+,;=%".contains(scalar))
            #expect(isValid == expected, "byte \(byte)")
        }
    }
}
