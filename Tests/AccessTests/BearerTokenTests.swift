import Access
import Testing

@Suite("A bearer token is what follows the scheme, and nothing else")
struct BearerTokenTests {
    @Test(
        "the token is found",
        arguments: [
            ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER abc", "abc"), ("bEaReR   abc", "abc"),
            ("Bearer abc  ", "abc"), ("Bearer a", "a"), ("Bearer abc==", "abc=="),
            ("Bearer AZaz09-._~+/", "AZaz09-._~+/"),
        ])
    func found(value: String, token: String) {
        #expect(parsed(value) == token)
    }

    @Test(
        "there is none",
        arguments: [
            "", "Bearer", "Bearer ", "Bearer   ", "Bearerabc", "Basic abc", "Beare abc", "Bearer\tabc", " Bearer abc",
            "Bearer a b", "Bearer a,b", "Bearer =", "Bearer ==", "Bearer a=b", "Bearer \"abc\"", "Bearer caf\u{E9}",
            "Bearer a\u{0}", "Bearer abc, Bearer abc", "\"earer abc",
        ])
    func none(value: String) {
        #expect(parsed(value) == nil)
    }

    private func parsed(_ value: String) -> String? {
        var value = value
        return value.withUTF8 { bytes in
            BearerToken.parse(UnsafeRawBufferPointer(bytes)).map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
