import Settings
import Testing

@Suite("the nearest word is suggested")
struct NearestTests {
    static let words = [
        "listen", "timeouts", "limits", "trustedProxies", "least-connections", "round-robin", "adaptive", "id",
    ]

    @Test(
        "typing errors, other spellings and beginnings find their word, others find none",
        arguments: [
            ("lisen", "listen"), ("lsiten", "listen"), ("timeout", "timeouts"), ("TrustedProxys", "trustedProxies"),
            ("trusted_proxies", "trustedProxies"), ("leastconn", "least-connections"),
            ("least_connection", "least-connections"),
            ("roundrobin", "round-robin"), ("adaptiv", "adaptive"), ("limit", "limits"), ("Id", "id"),
            ("banana", nil), ("", nil), ("x", nil), ("qqqqqqqq", nil),
        ] as [(String, String?)])
    func suggestions(_ word: String, _ expected: String?) {
        #expect(Nearest.word(to: word, among: Self.words) == expected)
    }

    @Test("very long words are not compared")
    func long() {
        #expect(Nearest.word(to: String(repeating: "listen", count: 10_000), among: Self.words) == nil)
    }
}
