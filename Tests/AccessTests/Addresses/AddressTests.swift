import Access
import Settings
import Testing

@Suite("Addresses and networks")
struct AddressTests {
    private static func address(_ text: String) -> ClientAddress? {
        Array(text.utf8).withUnsafeBytes { ClientAddress(text: $0) }
    }

    @Test(
        "what is an address is read, IPv4-mapped ones as IPv4",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:c000:201", "192.0.2.1"), ("2001:DB8::1", "2001:db8::1"),
            ("::", "::"), ("::1", "::1"), ("fe80::1:2:3:4", "fe80::1:2:3:4"),
        ])
    func reads(_ text: String, _ told: String) {
        #expect(Self.address(text)?.description == told)
    }

    @Test(
        "what is none is refused",
        arguments: [
            "", ".", "1", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.5", "1..2.3", "256.1.1.1", "01.2.3.4", "1.2.3.4 ",
            "1.2.3.-4", "1.2.3.4\0", ":", ":::", "1::2::3", "g::", "fe80::1%eth0", "[::1]", "::1]", "1.2.3.4:80",
            "12345::", "0x1.2.3.4", "\u{661}.2.3.4", String(repeating: ":", count: 50),
        ])
    func refuses(_ text: String) {
        #expect(Self.address(text) == nil)
    }

    @Test("IPv6 is counted by its first 64 bits, IPv4 by the whole")
    func limitKey() {
        #expect(Self.address("2001:db8:1:2:3:4:5:6")?.limitKey == [0x20, 1, 0x0d, 0xb8, 0, 1, 0, 2])
        #expect(Self.address("2001:db8:1:2::")?.limitKey == Self.address("2001:db8:1:2:ffff::1")?.limitKey)
        #expect(Self.address("192.0.2.1")?.limitKey == [192, 0, 2, 1])
        #expect(Self.address("::ffff:192.0.2.1")?.limitKey == [192, 0, 2, 1])
    }

    @Test("bytes of another length are no address")
    func lengths() {
        for count in [0, 1, 3, 5, 8, 15, 17] {
            #expect(ClientAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
        }
    }

    @Test("a set holds what one of its networks holds, and nothing else")
    func agreesWithNetworks() {
        var random = Seeded(seed: 0x0ed6e)
        for _ in 0..<200 {
            let networks = (0..<Int(random.next() % 12)).compactMap { _ in Self.network(&random) }
            let set = AddressSet(networks)
            for _ in 0..<60 {
                let bytes = Self.bytes(&random, near: networks)
                let isIn = networks.contains { $0.contains(bytes) }
                #expect(set.contains(bytes) == isIn, "\(bytes) in \(networks.map(\.spelling))")
            }
        }
    }

    private static func network(_ random: inout Seeded) -> CIDR? {
        let size = random.next() % 2 == 0 ? 4 : 16
        // few different bytes, so that networks overlap and touch; never an IPv4-mapped one
        var bytes = (0..<size).map { _ in [0, 1, 2, 254, 255][Int(random.next() % 5)] as UInt8 }
        if size == 16 { bytes[0] = 0x20 }
        let prefix = Int(random.next() % UInt64(size * 8 + 1))
        for bit in prefix..<max(prefix, size * 8) { bytes[bit / 8] &= ~(0x80 >> UInt8(bit % 8)) }
        return CIDR(bytes: bytes, prefix: prefix)
    }

    private static func bytes(_ random: inout Seeded, near networks: [CIDR]) -> [UInt8] {
        guard let network = networks.randomElement(using: &random), random.next() % 4 > 0 else {
            return (0..<(random.next() % 2 == 0 ? 4 : 16)).map { $0 == 0 ? 0x20 : UInt8(truncatingIfNeeded: random.next()) }
        }
        var bytes = network.bytes
        let bit = Int(random.next() % UInt64(bytes.count * 8))
        bytes[bit / 8] ^= 0x80 >> UInt8(bit % 8)
        if bytes.count == 16 { bytes[0] |= 0x20 }
        return bytes
    }

    @Test("the borders of networks are within, their neighbours are not")
    func borders() {
        let set = AddressSet(["10.0.0.0/8", "192.0.2.128/25", "2001:db8::/33"].compactMap { CIDR($0) })
        for (text, isIn) in [
            ("9.255.255.255", false), ("10.0.0.0", true), ("10.255.255.255", true), ("11.0.0.0", false),
            ("192.0.2.127", false), ("192.0.2.128", true), ("192.0.2.255", true), ("192.0.3.0", false),
            ("2001:db7:ffff::", false), ("2001:db8::", true), ("2001:db8:7fff:ffff::ffff", true),
            ("2001:db8:8000::", false), ("::ffff:10.1.1.1", true),
        ] {
            #expect(Self.address(text).map(set.contains) == isIn, "\(text)")
        }
        #expect(!set.contains([]))
    }

    @Test("everything of IPv4 and everything of IPv6 are two networks")
    func everything() {
        let four = AddressSet([CIDR("0.0.0.0/0")].compactMap { $0 })
        let six = AddressSet([CIDR("::/0")].compactMap { $0 })
        #expect(four.contains([1, 2, 3, 4]) && !four.contains([UInt8](repeating: 9, count: 16)))
        #expect(!six.contains([1, 2, 3, 4]) && six.contains([UInt8](repeating: 9, count: 16)))
    }

    @Test("ten thousand networks are looked through in at most fifteen comparisons' time: by halving, not by turns")
    func manyNetworks() {
        let networks = (0..<10_000).compactMap { index in
            CIDR(bytes: [11, UInt8(index >> 8), UInt8(index & 255), 0], prefix: 25)
        }
        let set = AddressSet(networks)
        #expect(networks.count == 10_000)
        for index in stride(from: 0, to: 10_000, by: 7) {
            #expect(set.contains([11, UInt8(index >> 8), UInt8(index & 255), 127]))
            #expect(!set.contains([11, UInt8(index >> 8), UInt8(index & 255), 128]))
        }
        let clock = ContinuousClock()
        func time(_ set: AddressSet) -> Duration {
            (0..<5).map { _ in
                clock.measure {
                    for index in 0..<2000 { _ = set.contains([11, UInt8(index >> 8), UInt8(index & 255), 3]) }
                }
            }.min() ?? .zero
        }
        let few = AddressSet(networks.prefix(4))
        #expect(time(set) < time(few) * 20, "a search by turns would cost thousands of times as much")
    }
}

@Suite("Access lists: who is denied may not pass, and where some are allowed nobody else may")
struct AccessListTests {
    @Test(
        "deny comes first",
        arguments: [
            (["10.0.0.0/8"], ["10.1.0.0/16"], "10.2.0.1", nil as AccessRefusal?),
            (["10.0.0.0/8"], ["10.1.0.0/16"], "10.1.0.1", .denied),
            (["10.0.0.0/8"], [], "11.0.0.1", .notAllowed),
            ([], ["10.0.0.0/8"], "11.0.0.1", nil),
            ([], ["10.0.0.0/8"], "::ffff:10.0.0.1", .denied),
            (["2001:db8::/32"], [], "10.0.0.1", .notAllowed),
        ])
    func order(_ allow: [String], _ deny: [String], _ text: String, _ expected: AccessRefusal?) throws {
        var settings = AddressListSettings()
        settings.allow = allow.compactMap { CIDR($0) }
        settings.deny = deny.compactMap { CIDR($0) }
        let list = try #require(AccessList(settings))
        let address = try #require(Array(text.utf8).withUnsafeBytes { ClientAddress(text: $0) })
        #expect(list.refusal(address) == expected)
    }

    @Test("a list that names nobody is none")
    func empty() {
        #expect(AccessList(AddressListSettings()) == nil)
    }
}
