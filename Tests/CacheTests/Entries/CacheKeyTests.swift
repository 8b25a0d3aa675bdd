import Cache
import Testing

@Suite("keys and names of what is kept")
struct CacheKeyTests {
    private func key(_ parts: [(KeyPart, String)]) -> CacheKey {
        var text = KeyText()
        for (part, value) in parts { text.add(part, value) }
        return text.key
    }

    @Test("a byte that moves from one part to the next makes another key")
    func unambiguous() {
        #expect(key([(.path, "ab"), (.query, "c")]) != key([(.path, "a"), (.query, "bc")]))
        #expect(key([(.path, "a"), (.query, "")]) != key([(.path, "a")]))
        #expect(key([(.path, "a")]) != key([(.query, "a")]))
        #expect(key([(.path, "a"), (.query, "b")]) == key([(.path, "a"), (.query, "b")]))
    }

    @Test("a key gives its parts back, however long")
    func parts() {
        for count in [0, 1, 127, 128, 300, 20_000] {
            let long = String(repeating: "x", count: count)
            let key = key([(.authority, "h"), (.body, long), (.path, "/p")])
            #expect(key.first(.body).map { String(decoding: $0, as: UTF8.self) } == long)
            #expect(key.first(.path).map { String(decoding: $0, as: UTF8.self) } == "/p")
            #expect(key.first(.tenant) == nil)
        }
    }

    @Test(
        "what is no key has no parts",
        arguments: [[3], [3, 5, 1], [3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0]] as [[UInt8]])
    func noKey(_ bytes: [UInt8]) { #expect(CacheKey(bytes).first(.path) == nil) }

    @Test("a name tells rule and tenant, and of the rest only what the secret's owner can compute")
    func names() throws {
        let key = key([(.path, "/secret")])
        let name = try #require(CacheName(key: key.bytes, rule: "chat", tenant: "acme", secret: [1, 2, 3]))
        let text = String(decoding: name.logical, as: UTF8.self)
        #expect(text.hasPrefix("agent:response:chat:acme:"))
        #expect(name.digest.count == 32 && name.logical.suffix(32) == name.digest[...])
        #expect(name.digest.allSatisfy { (48...57).contains($0) || (97...102).contains($0) })
        #expect(name == CacheName(key: key.bytes, rule: "chat", tenant: "acme", secret: [1, 2, 3]))
        #expect(name.digest != CacheName(key: key.bytes, rule: "chat", tenant: "acme", secret: [1, 2, 4])?.digest)
        #expect(
            name.digest != CacheName(key: key.bytes + [0], rule: "chat", tenant: "acme", secret: [1, 2, 3])?.digest)
    }

    @Test(
        "no name of a rule or a tenant reads as another's, or as a pattern",
        arguments: [("a:b", ""), ("a", "b"), ("a%3ab", "-"), ("*", "?"), ("a b", "\n"), ("", ":")])
    func prefixes(_ rule: String, _ tenant: String) {
        let prefix = CacheName.prefix(rule: rule, tenant: tenant)
        #expect(prefix.filter { $0 == UInt8(ascii: ":") }.count == 4)
        #expect(!prefix.contains { $0 <= 0x20 || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") })
    }
}
