import Balancer
import Proxy
import Testing

@Suite("A DNS message")
struct DNSMessageTests {
    private static let question = DNSMessage.Question(DNS.name("agents.test"), .a)

    /// One with all that there is.
    private static var full: DNSMessage {
        var message = DNS.answer(
            question, .noError,
            [
                DNS.alias("agents.test", "a.test"), DNS.a("a.test"), DNS.aaaa("a.test"),
                DNS.service("s.test", "a.test", 1),
            ],
            authority: [DNS.zone()], additional: [DNS.a("b.test", 9)])
        message.edns = 1232
        message.isAuthoritative = true
        return message
    }

    @Test("reads as it was written")
    func roundTrip() throws {
        #expect(try DNSMessage(reading: Self.full.bytes) == Self.full)
        var question = DNSMessage(id: 0xBEEF)
        question.questions = [Self.question]
        question.edns = DNSMessage.payload
        #expect(try DNSMessage(reading: question.bytes) == question)
        question.code = .badVersion
        #expect(try DNSMessage(reading: question.bytes).code == .badVersion)
    }

    @Test("a question is written as RFC 1035 has it, with EDNS as RFC 6891 has it")
    func question() {
        let ask = DNSAsk(
            id: 0x1234, question: Self.question, server: NameServer(address: [127, 0, 0, 1]), transport: .udp,
            hasEDNS: true, timeout: .seconds(1))
        #expect(
            ask.bytes == [
                0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 1, 6, 0x61, 0x67, 0x65, 0x6E, 0x74, 0x73, 4, 0x74, 0x65,
                0x73, 0x74, 0, 0, 1, 0, 1, 0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 0,
            ])
    }

    @Test("every message that is cut anywhere is refused, or is known to be truncated")
    func cut() throws {
        let bytes = Self.full.bytes
        for count in bytes.indices {
            #expect(throws: DNSDefect.self, "\(count)") { try DNSMessage(reading: Array(bytes[..<count])) }
        }
        var truncated = bytes
        truncated[2] |= 2
        let head = 12 + Self.question.name.wireCount + 4
        #expect(try DNSMessage(reading: Array(truncated[..<head])).isTruncated)
        #expect(try DNSMessage(reading: truncated).answers == [])
    }

    /// A message with one record A whose owner is at `owner`, behind a question for a.test.
    private static func pointing(_ owner: [UInt8]) -> [UInt8] {
        [0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0x61, 4, 0x74, 0x65, 0x73, 0x74, 0, 0, 1, 0, 1] + owner
            + [0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1]
    }

    @Test(
        "compressed names are followed",
        arguments: [
            ([0xC0, 12], "a.test"), ([0xC0, 14], "test"), ([1, 0x62, 0xC0, 14], "b.test"), ([0xC0, 19], "."),
            ([1, 0x42, 0xC0, 12], "b.a.test"),
        ] as [([UInt8], String)])
    func pointers(owner: [UInt8], name: String) throws {
        #expect(try DNSMessage(reading: Self.pointing(owner)).answers.map { "\($0.name)" } == [name])
    }

    @Test(
        "pointers that lead nowhere are refused",
        arguments: [
            // to itself, forward, beyond the end, in a circle, into the question's type, which is no name
            ([0xC0, 24], .pointer), ([0xC0, 30], .pointer), ([0xFF, 0xFF], .pointer), ([1, 0x62, 0xC0, 24], .pointer),
            // labels of kinds that there are not
            ([0x40, 0], .name), ([0x80, 0], .name),
        ] as [([UInt8], DNSDefect)])
    func loops(owner: [UInt8], defect: DNSDefect) {
        #expect(throws: defect) { try DNSMessage(reading: Self.pointing(owner)) }
    }

    /// A record whose data are pointers, each to the one before it, and a record whose owner is the last of them.
    private static func chain(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = [0, 7, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 1]
        bytes += [0, 0, 99, 0, 1, 0, 0, 0, 60, UInt8(count >> 7), UInt8(count << 1 & 0xFF)]
        var target = 12
        for _ in 0..<count {
            let place = bytes.count
            bytes += [0xC0 | UInt8(target >> 8), UInt8(target & 0xFF)]
            target = place
        }
        return bytes + [0xC0 | UInt8(target >> 8), UInt8(target & 0xFF), 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1]
    }

    @Test("a chain of pointers has an end, and so has a name")
    func bounds() throws {
        #expect(try DNSMessage(reading: Self.chain(126)).answers.last?.name == .root)
        #expect(throws: DNSDefect.pointer) { try DNSMessage(reading: Self.chain(127)) }
        #expect(throws: DNSDefect.pointer) { try DNSMessage(reading: Self.chain(4000)) }
        let label = [UInt8(63)] + [UInt8](repeating: 0x61, count: 63)
        #expect(throws: DNSDefect.name) { try DNSMessage(reading: Self.pointing(label + label + label + label + [0])) }
        let longest = label + label + label + [55] + [UInt8](repeating: 0x61, count: 55) + [0xC0, 14]
        #expect(try DNSMessage(reading: Self.pointing(longest)).answers.first?.name.wireCount == 254)
        let longer = label + label + label + [57] + [UInt8](repeating: 0x61, count: 57) + [0xC0, 14]
        #expect(throws: DNSDefect.name) { try DNSMessage(reading: Self.pointing(longer)) }
    }

    @Test(
        "data that is not of its length is refused",
        arguments: [(DNSMessage.Kind.a, 3), (.a, 5), (.aaaa, 4), (.cname, 0), (.srv, 6), (.soa, 4)])
    func lengths(kind: DNSMessage.Kind, count: Int) {
        var message = DNS.answer(Self.question).bytes
        message[7] = 1
        message += [0xC0, 12, 0, UInt8(kind.number), 0, 1, 0, 0, 0, 60, 0, UInt8(count)]
        message += [UInt8](repeating: 0, count: count)
        #expect(throws: DNSDefect.self) { try DNSMessage(reading: message) }
    }

    @Test("kinds and classes that are not known are passed over, and a time beyond 31 bits is none")
    func unknown() throws {
        var message = DNS.answer(Self.question).bytes
        message[7] = 3
        message += [0xC0, 12, 0, 99, 0, 1, 0, 0, 0, 60, 0, 2, 1, 2]
        message += [0xC0, 12, 0, 1, 0, 3, 0, 0, 0, 60, 0, 1, 9]
        message += [0xC0, 12, 0, 1, 0, 1, 0x80, 0, 0, 0, 0, 4, 10, 0, 0, 1]
        let answers = try DNSMessage(reading: message).answers
        #expect(answers.map(\.kind) == [DNSMessage.Kind(99), .a, .a])
        #expect(answers.last == DNS.a("agents.test", ttl: 0))
        #expect(answers[1].value == .other(.a))
    }

    @Test("no bytes are too strange", arguments: [UInt64(1), 2, 3, 4])
    func fuzz(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let source = Self.full.bytes + Self.pointing([0xC0, 12])
        var read = 0
        for _ in 0..<5000 {
            var bytes = source
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert([0, 0xC0, 0xFF, 63].randomElement(using: &random) ?? 0, at: place)
                default: bytes[place] = 0xC0 | bytes[place] & 3
                }
            }
            guard let message = try? DNSMessage(reading: bytes) else { continue }
            read += 1
            for name in (message.answers + message.additional).map(\.name) { #expect(name.wireCount <= 255) }
        }
        #expect(read > 0, "seed \(seed)")
    }

    @Test("random bytes end", arguments: [UInt64(5), 6])
    func noise(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<3000 {
            let count = Int.random(in: 0...300, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            _ = try? DNSMessage(reading: bytes)
        }
    }

    @Test(
        "names are labels of 1 to 63 bytes, 255 in all, whatever their case",
        arguments: [
            ("agents.test", "agents.test"), ("AGENTS.Test.", "agents.test"), ("_http._tcp.x", "_http._tcp.x"),
            ("", nil), (".", nil), ("a..b", nil), (".a", nil), ("a b", nil), ("ä.test", nil), ("a/b", nil),
            (String(repeating: "a", count: 63), String(repeating: "a", count: 63)),
            (String(repeating: "a", count: 64), nil),
            (String(repeating: "abcdefg.", count: 31), String(String(repeating: "abcdefg.", count: 31).dropLast())),
            (String(repeating: "abcdefg.", count: 32), nil),
        ] as [(String, String?)])
    func names(text: String, name: String?) {
        #expect(DNSName(text)?.description == name)
    }

    @Test("bytes that nobody writes are shown as numbers")
    func strange() {
        #expect(DNSName(labels: [[0x61, 0x2E, 0], [0x74]])?.description == "a\\046\\000.t")
    }
}

@Suite("An answer to a question over DNS")
struct DNSAskTests {
    private let question = DNSMessage.Question(DNS.name("agents.test"), .a)

    private var ask: DNSAsk {
        DNSAsk(
            id: 7, question: question, server: NameServer(address: [10, 0, 0, 53]), transport: .udp, hasEDNS: true,
            timeout: .seconds(1))
    }

    private func accepts(
        _ message: DNSMessage, from: HostAddress = HostAddress([10, 0, 0, 53]), port: Int = 53
    ) -> Bool {
        ask.accepts(message.bytes, from: from, port: port) != nil
    }

    @Test("has its id, its question and its server's address; nothing else is one")
    func accepted() {
        let right = DNS.answer(question, .noError, [DNS.a("agents.test")])
        #expect(accepts(right))
        #expect(ask.accepts(right.bytes) == right)
        #expect(!accepts(right, from: HostAddress([10, 0, 0, 54])))
        #expect(!accepts(right, port: 5353))
        var wrong = right
        wrong.id = 8
        #expect(!accepts(wrong))
        wrong = right
        wrong.isAnswer = false
        #expect(!accepts(wrong))
        wrong = right
        wrong.questions = [DNSMessage.Question(DNS.name("agents.test"), .aaaa)]
        #expect(!accepts(wrong))
        wrong.questions = [DNSMessage.Question(DNS.name("other.test"), .a)]
        #expect(!accepts(wrong))
        wrong.questions = [question, question]
        #expect(!accepts(wrong))
        wrong.questions = []
        #expect(!accepts(wrong))
        #expect(ask.accepts(Array(right.bytes.dropLast()), from: nil) == nil)
    }

    @Test("whose server could not read the question has none")
    func unread() {
        var message = DNS.answer(question, .formatError)
        message.questions = []
        #expect(accepts(message))
    }
}
