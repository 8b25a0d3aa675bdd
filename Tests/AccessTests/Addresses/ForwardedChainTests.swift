import Access
import Settings
import Testing

@Suite("Who a request comes from is the first address, from the right, that is not trusted")
struct ForwardedChainTests {
    private static let trusted = AddressSet(["10.0.0.0/8", "fd00::/8"].compactMap { CIDR($0) })

    /// - Parameter lines: the first one first, as they stand in the head.
    private func walk(_ lines: [String], forwarded: Bool = false) -> String? {
        var chain = ForwardedChain(isTrusted: { Self.trusted.contains($0) })
        for line in lines.reversed() {
            Array(line.utf8).withUnsafeBytes { if forwarded { chain.take(forwarded: $0) } else { chain.take(list: $0) } }
        }
        return chain.address?.description
    }

    @Test(
        "X-Forwarded-For",
        arguments: [
            (["203.0.113.9"], "203.0.113.9"), (["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
            (["6.6.6.6,203.0.113.9,10.0.0.1\t,  10.0.0.2"], "203.0.113.9"), (["203.0.113.9, fd00::1"], "203.0.113.9"),
            (["6.6.6.6", "203.0.113.9", "10.0.0.1"], "203.0.113.9"), (["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
            (["203.0.113.9,,, 10.0.0.2,"], "203.0.113.9"), (["203.0.113.9, x, 10.0.0.2"], "10.0.0.2"),
            (["203.0.113.9, x"], nil), (["203.0.113.9, unknown"], nil), ([""], nil), ([", ,"], nil), ([], nil),
            (["203.0.113.9:80, 10.0.0.2:65535"], "203.0.113.9"), (["[2001:db8::9]:80"], "2001:db8::9"),
            (["[2001:db8::9]"], "2001:db8::9"), (["2001:db8::9"], "2001:db8::9"), (["\"203.0.113.9\""], "203.0.113.9"),
            (["[203.0.113.9]"], nil), (["203.0.113.9:"], nil), (["203.0.113.9:123456"], nil),
            (["[2001:db8::9]x"], nil), (["[2001:db8::9"], nil), (["\""], nil), (["[]"], nil), (["[:"], nil),
        ] as [([String], String?)])
    func lists(_ lines: [String], _ expected: String?) {
        #expect(walk(lines) == expected)
    }

    @Test(
        "Forwarded",
        arguments: [
            (["for=203.0.113.9"], "203.0.113.9"), (["For=\"203.0.113.9:80\";proto=https"], "203.0.113.9"),
            (["proto=http; by=10.0.0.1 ;for=\"[2001:db8::9]:80\""], "2001:db8::9"),
            (["for=6.6.6.6, for=203.0.113.9, for=10.0.0.1"], "203.0.113.9"),
            (["for=6.6.6.6", "for=203.0.113.9", "for=10.0.0.1"], "203.0.113.9"),
            (["for=203.0.113.9;by=\"a,b;for=6.6.6.6\", for=10.0.0.1"], "203.0.113.9"),
            (["for=203.0.113.9;by=\"\\\",for=6.6.6.6\""], "203.0.113.9"),
            (["for=_hidden, for=10.0.0.1"], "10.0.0.1"), (["for=unknown"], nil), (["for=\"_x:_y\""], nil),
            (["for=\"203.0.113.9:_port\""], "203.0.113.9"), (["proto=https, for=10.0.0.1"], "10.0.0.1"),
            (["for=203.0.113.9, for=\"10.0.0.1"], nil), (["for=\"203.0.113.9\\\""], nil), (["for="], nil),
            // who stands further left cannot spoil what a trusted peer has added
            (["for=\", for=203.0.113.9"], "203.0.113.9"), (["for=\"a, for=6.6.6.6, for=203.0.113.9"], "203.0.113.9"),
            (["for=\", for=10.0.0.1"], "10.0.0.1"), (["for=6.6.6.6;by=\"\\, for=203.0.113.9"], "203.0.113.9"),
            (["for=\""], nil), (["for=\"\\"], nil), ([",;,=\""], nil), (["forx=203.0.113.9"], nil),
        ] as [([String], String?)])
    func forwarded(_ lines: [String], _ expected: String?) {
        #expect(walk(lines, forwarded: true) == expected)
    }

    @Test("a list that never ends does not end the walk anywhere else than at the most hops")
    func long() {
        let many = Array(repeating: "10.0.0.1", count: 5000).joined(separator: ", ")
        #expect(walk(["203.0.113.9, " + many]) == "10.0.0.1")
        let just = Array(repeating: "10.0.0.1", count: ForwardedChain.most - 1).joined(separator: ", ")
        #expect(walk(["203.0.113.9, " + just]) == "203.0.113.9")
    }

    @Test("whatever stands there is no reason to stop")
    func anything() {
        var random = Seeded(seed: 0xf02)
        let pieces = [
            "for=", "For=\"", "\"", "\\", ",", ";", " ", "[", "]", ":", ".", "10.0.0.1", "::1", "_a", "unknown", "by=", "\t",
            "203.0.113.9", "\u{0}", "é", "=", "[2001:db8::9]:80",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int(random.next() % 12)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
            _ = walk([text], forwarded: true)
            _ = walk([text, text])
        }
    }
}
