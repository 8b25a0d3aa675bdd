import Testing
import Wire

@Suite("names of fields")
struct FieldNameTests {
    private func id(_ name: String) -> FieldName { Array(name.utf8).withUnsafeBytes { FieldName($0) } }

    @Test(
        "those that the cache needs are known, in any case",
        arguments: [
            ("Cache-Control", .cacheControl), ("Pragma", .pragma), ("Range", .range), ("If-Range", .ifRange),
            ("If-Match", .ifMatch), ("If-None-Match", .ifNoneMatch), ("If-Modified-Since", .ifModifiedSince),
            ("If-Unmodified-Since", .ifUnmodifiedSince), ("Cookie", .cookie), ("Set-Cookie", .setCookie), ("Age", .age),
            ("Expires", .expires), ("Vary", .vary),
        ] as [(String, FieldName)])
    func cache(_ name: String, _ expected: FieldName) {
        #expect(id(name) == expected)
        #expect(id(name.uppercased()) == expected)
        #expect(id(name.lowercased()) == expected)
        #expect(id(name + "x") == .other)
        #expect(id("x" + name.dropFirst()) == .other)
    }

    @Test(
        "the others of their lengths still are",
        arguments: [
            ("Via", .via), ("Host", .host), ("Date", .date), ("Expect", .expect), ("Upgrade", .upgrade),
            ("Trailer", .trailer), ("Connection", .connection), ("TraceState", .tracestate),
            ("Authorization", .authorization), ("X-Session-Key", .sessionKey), ("X-Forwarded-Proto", .xForwardedProto),
            ("X-Forwarded-Port", .xForwarded), ("Proxy-Authorization", .proxyAuthorization), ("ETag", .other),
            ("Cache-Status", .other),
        ] as [(String, FieldName)])
    func others(_ name: String, _ expected: FieldName) { #expect(id(name) == expected) }

    @Test("a set of them fits in 64 bits")
    func bits() {
        #expect(FieldName(rawValue: 64) == nil)
        #expect((0..<64).compactMap { FieldName(rawValue: $0) }.count == 46)
    }
}
