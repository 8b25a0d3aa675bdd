import Balancer
import Proxy
import Testing

/// Random numbers that are none: questions have the ids 0, 1, 2...
private struct Counting: RandomNumberGenerator {
    private var number: UInt64 = 0

    mutating func next() -> UInt64 {
        defer { number += 1 }
        return number << 48 | number
    }
}

/// Drives a lookup by hand and writes down whom it asked.
private struct Asker {
    private var random = Counting()
    private var lookup: Lookup
    private(set) var action = Lookup.Action.end(.failed(wereHeard: false, []))

    init(
        _ name: String = "agents.test", _ kind: DNSMessage.Kind = .a, _ configuration: ResolverConfiguration,
        first: Int = 0
    ) {
        lookup = Lookup(DNS.name(name), kind, configuration, first: first)
        action = lookup.started(&random)
    }

    var ask: DNSAsk? {
        guard case .ask(let ask) = action else { return nil }
        return ask
    }

    var outcome: Lookup.Outcome? {
        guard case .end(let outcome) = action else { return nil }
        return outcome
    }

    /// `udp 10.0.0.1 agents.test A`, or `end`.
    var told: String {
        guard let ask else { return "end" }
        let edns = ask.hasEDNS ? "" : " plain"
        return "\(ask.transport) \(ask.server.spelling) \(ask.question.name) \(ask.question.kind)\(edns)"
    }

    mutating func answer(
        _ code: DNSMessage.Code = .noError, _ answers: [DNSRecord] = [], authority: [DNSRecord] = [],
        truncated: Bool = false
    ) {
        guard let ask else { return }
        var message = DNS.answer(ask.question, id: ask.id, code, answers, authority: authority)
        message.isTruncated = truncated
        action = lookup.answered(message, &random)
    }

    mutating func answer(_ message: DNSMessage) { action = lookup.answered(message, &random) }
    mutating func timeOut() { action = lookup.timedOut(&random) }
    mutating func fail(_ reason: String) { action = lookup.failed(reason, &random) }
}

@Suite("A DNS lookup")
struct DNSLookupTests {
    private static func configuration(_ servers: Int = 2, attempts: Int = 2) -> ResolverConfiguration {
        var configuration = ResolverConfiguration()
        configuration.servers = (1...servers).map { NameServer(address: [10, 0, 0, UInt8($0)]) }
        configuration.attempts = attempts
        configuration.timeout = .seconds(1)
        return configuration
    }

    @Test("ends with the records and the least time of them")
    func found() {
        var asker = Asker("agents.test", .a, Self.configuration())
        #expect(asker.told == "udp 10.0.0.1 agents.test A")
        let records = [DNS.a("agents.test", 1, ttl: 60), DNS.a("agents.test", 2, ttl: 20)]
        asker.answer(.noError, records + [DNS.a("other.test", 3, ttl: 1)])
        #expect(asker.outcome == .found(records, additional: [], ttl: 20))
    }

    @Test("every question has an id of its own")
    func ids() {
        var asker = Asker("agents.test", .a, Self.configuration(3))
        var ids: Set<UInt16> = []
        while let ask = asker.ask {
            #expect(ids.insert(ask.id).inserted)
            asker.timeOut()
        }
        #expect(ids.count == 6)
    }

    @Test("asks the servers in turn, all of them as often as attempts says")
    func turns() {
        var asker = Asker("agents.test", .a, Self.configuration())
        var told: [String] = []
        for reason in ["t", "s", "r", "f"] {
            told.append(asker.told)
            switch reason {
            case "t": asker.timeOut()
            case "s": asker.answer(.serverFailure)
            case "r": asker.answer(.refused)
            default: asker.fail("connection refused")
            }
        }
        #expect(told == ["1", "2", "1", "2"].map { "udp 10.0.0.\($0) agents.test A" })
        #expect(
            asker.outcome
                == .failed(
                    wereHeard: true,
                    [
                        "10.0.0.1: no answer within 1s", "10.0.0.2: SERVFAIL", "10.0.0.1: REFUSED",
                        "10.0.0.2: connection refused",
                    ]))
    }

    @Test("begins with another server where they are rotated")
    func rotation() {
        var configuration = Self.configuration(3)
        #expect(Asker("a.test", .a, configuration, first: 4).told == "udp 10.0.0.1 a.test A")
        configuration.rotates = true
        var asker = Asker("a.test", .a, configuration, first: 4)
        #expect(asker.told == "udp 10.0.0.2 a.test A")
        asker.timeOut()
        asker.timeOut()
        #expect(asker.told == "udp 10.0.0.1 a.test A")
    }

    @Test("nobody is heard: that is told apart")
    func silence() {
        var asker = Asker("agents.test", .a, Self.configuration(1))
        asker.timeOut()
        asker.timeOut()
        #expect(asker.outcome == .failed(wereHeard: false, ["10.0.0.1: no answer within 1s"]))
    }

    @Test("asks the same server over TCP when the answer did not fit")
    func truncation() {
        var asker = Asker("agents.test", .a, Self.configuration())
        asker.answer(truncated: true)
        #expect(asker.told == "tcp 10.0.0.1 agents.test A")
        asker.answer(truncated: true)
        #expect(asker.told == "udp 10.0.0.2 agents.test A")
        asker.answer(truncated: true)
        asker.timeOut()
        #expect(asker.told == "udp 10.0.0.1 agents.test A")
        asker.answer(.noError, [DNS.a("agents.test")])
        #expect(asker.outcome == .found([DNS.a("agents.test")], additional: [], ttl: 60))
        var configuration = Self.configuration()
        configuration.usesTCP = true
        #expect(Asker("a.test", .a, configuration).told == "tcp 10.0.0.1 a.test A")
    }

    @Test("asks without EDNS whom it confuses", arguments: [DNSMessage.Code.formatError, .notImplemented, .badVersion])
    func plain(code: DNSMessage.Code) {
        var asker = Asker("agents.test", .a, Self.configuration(1, attempts: 1))
        asker.answer(code)
        #expect(asker.told == "udp 10.0.0.1 agents.test A plain")
        asker.answer(truncated: true)
        #expect(asker.told == "tcp 10.0.0.1 agents.test A plain")
        asker.answer(code)
        #expect(asker.outcome == .failed(wereHeard: true, ["10.0.0.1: \(code)"]))
    }

    @Test("follows aliases within the answer, and asks for what it lacks")
    func aliases() {
        let first = DNS.alias("agents.test", "b.test", ttl: 30)
        let second = DNS.alias("b.test", "c.test", ttl: 10)
        var asker = Asker("agents.test", .a, Self.configuration())
        // in whatever order they stand
        asker.answer(.noError, [second, DNS.a("c.test"), first])
        #expect(asker.outcome == .found([DNS.a("c.test")], additional: [], ttl: 10))
        asker = Asker("agents.test", .a, Self.configuration())
        asker.answer(.noError, [first, second])
        #expect(asker.told == "udp 10.0.0.1 c.test A")
        asker.answer(.noError, [DNS.a("c.test", ttl: 90)])
        #expect(asker.outcome == .found([DNS.a("c.test", ttl: 90)], additional: [], ttl: 10))
    }

    @Test("an alias of nothing is nothing, for no longer than the alias holds")
    func danglingAlias() {
        let alias = DNS.alias("agents.test", "b.test", ttl: 5)
        var asker = Asker("agents.test", .a, Self.configuration())
        asker.answer(.noSuchName, [alias], authority: [DNS.zone()])
        #expect(asker.outcome == .noName("10.0.0.1", ttl: 5))
        asker = Asker("agents.test", .a, Self.configuration())
        asker.answer(.noError, [alias], authority: [DNS.zone()])
        #expect(asker.outcome == .noRecords("10.0.0.1", ttl: 5))
    }

    @Test("aliases that go round end, within an answer and over several")
    func aliasLoops() {
        var asker = Asker("a.test", .a, Self.configuration(1, attempts: 1))
        asker.answer(.noError, [DNS.alias("a.test", "b.test"), DNS.alias("b.test", "a.test")])
        #expect(asker.outcome == .failed(wereHeard: true, ["10.0.0.1: a chain of aliases without an end"]))
        asker = Asker("n0.test", .a, Self.configuration(1, attempts: 1))
        var asked = 0
        while let ask = asker.ask, asked < 100 {
            asked += 1
            asker.answer(.noError, [DNS.alias("\(ask.question.name)", "n\(asked).test")])
        }
        #expect(asked == Lookup.mostAliases + 1)
        #expect(asker.outcome == .failed(wereHeard: true, ["10.0.0.1: a chain of aliases without an end"]))
    }

    @Test(
        "tells no such name from no such records, with the time that the zone gives it",
        arguments: [
            (DNSMessage.Code.noSuchName, [DNS.zone(ttl: 900, minimum: 30)], Lookup.Outcome.noName("10.0.0.1", ttl: 30)),
            (.noSuchName, [DNS.zone(ttl: 12, minimum: 30)], .noName("10.0.0.1", ttl: 12)),
            (.noSuchName, [DNS.zone(ttl: 999_999, minimum: 999_999)], .noName("10.0.0.1", ttl: 10_800)),
            (.noSuchName, [], .noName("10.0.0.1", ttl: nil)),
            (.noError, [DNS.zone()], .noRecords("10.0.0.1", ttl: 30)),
            (.noError, [], .noRecords("10.0.0.1", ttl: nil)),
        ])
    func no(code: DNSMessage.Code, authority: [DNSRecord], outcome: Lookup.Outcome) {
        var asker = Asker("agents.test", .a, Self.configuration())
        asker.answer(code, authority: authority)
        #expect(asker.outcome == outcome)
    }

    @Test("a referral is no answer")
    func referral() {
        var asker = Asker("agents.test", .a, Self.configuration(1, attempts: 1))
        asker.answer(.noError, authority: [DNSRecord(DNS.name("test"), ttl: 60, .other(DNSMessage.Kind(2)))])
        #expect(
            asker.outcome == .failed(wereHeard: true, ["10.0.0.1: a referral: it does not resolve names for others"]))
    }

    @Test("what happens after its end changes nothing")
    func after() {
        var asker = Asker("agents.test", .a, Self.configuration(1, attempts: 1))
        asker.timeOut()
        let end = asker.action
        asker.timeOut()
        #expect(asker.action == end)
        asker.fail("late")
        #expect(asker.action == end)
        asker.answer(DNS.answer(DNSMessage.Question(DNS.name("agents.test"), .a), .noError, [DNS.a("agents.test")]))
        #expect(asker.action == end)
    }
}

@Suite("The search for a name")
struct DNSSearchTests {
    private static func configuration(_ search: [String], ndots: Int = 1) -> ResolverConfiguration {
        var configuration = ResolverConfiguration()
        configuration.search = search.map(DNS.name)
        configuration.ndots = ndots
        return configuration
    }

    /// The names that are looked up where none of them is there.
    private static func tried(_ text: String, _ configuration: ResolverConfiguration) -> [String] {
        guard var search = Search(text, for: "address", configuration) else { return [] }
        var names: [String] = []
        var action = search.started()
        while case .look(let name) = action {
            names.append("\(name)")
            action = search.ended([.noName("10.0.0.1", ttl: 9), .noName("10.0.0.1", ttl: 5)])
        }
        return names
    }

    @Test(
        "tries the domains behind names of few dots first, and names of enough dots as they are",
        arguments: [
            ("agents", 1, ["agents.a.test", "agents.b", "agents"]),
            ("agents.ns", 1, ["agents.ns", "agents.ns.a.test", "agents.ns.b"]),
            ("agents.ns", 5, ["agents.ns.a.test", "agents.ns.b", "agents.ns"]), ("agents.", 1, ["agents"]),
            ("agents.ns.", 5, ["agents.ns"]), ("agents", 0, ["agents", "agents.a.test", "agents.b"]),
        ])
    func order(text: String, ndots: Int, names: [String]) {
        #expect(Self.tried(text, Self.configuration(["a.test", "b"], ndots: ndots)) == names)
    }

    @Test("a name that a domain makes too long is not tried with it")
    func long() {
        let text = String(repeating: "abcdefg.", count: 31) + "ab"
        #expect(Self.tried(text, Self.configuration(["domain.test"])) == [text])
    }

    @Test("ends with the first name that is there, and with the records of all kinds")
    func found() {
        var search = Search("agents", for: "address", Self.configuration(["a.test", "b"]))
        #expect(search?.started() == .look(DNS.name("agents.a.test")))
        #expect(search?.ended([.noName("s", ttl: nil), .noName("s", ttl: nil)]) == .look(DNS.name("agents.b")))
        let (four, six) = ([DNS.a("agents.b")], [DNS.aaaa("agents.b")])
        let action = search?.ended([.found(four, additional: [], ttl: 9), .found(six, additional: [], ttl: 5)])
        #expect(action == .found(Search.Found(four + six, ttl: 5)))
    }

    @Test("what is known of one kind is told although the other failed, with the failure")
    func half() {
        var search = Search("agents.test", for: "address", Self.configuration([]))
        _ = search?.started()
        let four = [DNS.a("agents.test")]
        let action = search?.ended([.found(four, additional: [], ttl: 9), .failed(wereHeard: true, ["s: SERVFAIL"])])
        guard case .found(let found) = action else {
            Issue.record("\(String(describing: action))")
            return
        }
        #expect(found.records == four)
        #expect(found.missing?.message == "'agents.test': no DNS server gave an answer: s: SERVFAIL")
        #expect(
            search?.ended([.found(four, additional: [], ttl: 9), .noRecords("s", ttl: 1)])
                == .found(
                    Search.Found(four, ttl: 9)))
    }

    /// Outcomes of the names in turn: `n` no name, `d` no data, `s` SERVFAIL, `t` no answer.
    @Test(
        "not to know is graver than no records, and that graver than no name; silence ends it",
        arguments: [
            ("nnn", ResolveFailure.Kind.noName, 3), ("ndn", .noRecords, 3), ("dnn", .noRecords, 3),
            ("nsn", .servers, 3),
            ("snd", .servers, 3), ("tnn", .servers, 1), ("ntn", .servers, 2),
        ])
    func verdicts(outcomes: String, kind: ResolveFailure.Kind, looks: Int) throws {
        var search = try #require(Search("agents", for: "address", Self.configuration(["a.test", "b"])))
        var action = search.started()
        var seen = 0
        for outcome in outcomes {
            guard case .look = action else { break }
            seen += 1
            switch outcome {
            case "n": action = search.ended([.noName("s", ttl: 20)])
            case "d": action = search.ended([.noRecords("s", ttl: 10)])
            case "s": action = search.ended([.failed(wereHeard: true, ["s: SERVFAIL"])])
            default: action = search.ended([.failed(wereHeard: false, ["s: no answer within 5s"])])
            }
        }
        guard case .failed(let failure) = action else {
            Issue.record("\(action)")
            return
        }
        #expect(failure.kind == kind)
        #expect(seen == looks)
        #expect(failure.ttl == (kind == .servers ? nil : .seconds(kind == .noName ? 20 : 10)))
    }

    @Test("a failure says who said what")
    func words() {
        var search = Search("agents", for: "address", Self.configuration(["a.test"]))
        _ = search?.started()
        _ = search?.ended([.noName("10.0.0.1", ttl: 5)])
        let action = search?.ended([.noName("10.0.0.1", ttl: 7)])
        let text =
            "'agents': there is no such name: DNS server 10.0.0.1 answered NXDOMAIN, with the search domains too"
        #expect(action == .failed(ResolveFailure(.noName, text, ttl: .seconds(5))))
    }
}
