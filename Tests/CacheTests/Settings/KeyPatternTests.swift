import Cache
import Testing

@Suite("patterns of names, and addresses as people write them")
struct KeyPatternTests {
    @Test(
        "a star is any text, a question mark one letter, everything else itself",
        arguments: [
            ("agent:response:*", "agent:response:chat:-:0f", true), ("agent:response:*", "agent:response:", true),
            ("agent:response:*", "agent:respons", false), ("*", "", true), ("?", "", false), ("a?c", "abc", true),
            ("a?c", "ac", false), ("*:acme:*", "agent:response:chat:acme:00", true), ("*:acme:*", "a:acme", false),
            ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false), ("a**c", "ac", true), ("abc", "abc", true),
            ("abc", "abcd", false), ("*abc", "ababc", true),
        ])
    func matches(pattern: String, name: String, wanted: Bool) throws {
        #expect(try #require(KeyPattern(pattern)).matches(name.utf8) == wanted)
    }

    @Test("many stars against a long name end in no time that anybody notices")
    func hostile() throws {
        let pattern = try #require(KeyPattern(String(repeating: "a*", count: 500) + "b"))
        #expect(!pattern.matches(Array(repeating: UInt8(ascii: "a"), count: 4000)))
    }

    @Test("what cannot stand in a name is no pattern", arguments: ["", "a\nb", String(repeating: "a", count: 1025)])
    func refused(text: String) { #expect(KeyPattern(text) == nil) }

    @Test(
        "an address has scheme, host and target",
        arguments: [
            ("http://Example.com", "http://example.com/"), ("https://h:8443/a?b=c", "https://h:8443/a?b=c"),
            ("http://h?x", "http://h/?x"), ("http://[::1]:80/x", "http://[::1]:80/x"),
        ])
    func addresses(text: String, wanted: String) { #expect(CacheAddress(text)?.spelling == wanted) }

    @Test(
        "what no client would send is no address",
        arguments: [
            "/x", "ftp://h/", "http://", "http:///x", "http://u:p@h/", "http://h/a b", "http://h/#f", "http://h/ü",
        ])
    func noAddresses(text: String) { #expect(CacheAddress(text) == nil) }
}
