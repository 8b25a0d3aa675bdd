import NIOCore
import Proxy
import Settings
import Testing

@Suite("The connection to a Redis, as a machine")
struct RedisLinkTests {
    private static let second: Int64 = 1_000_000_000

    /// Of the waits that are told, the longest and the shortest that chance may make of them, in milliseconds.
    private func waits(_ count: Int, random: UInt64) -> [Int64] {
        var link = RedisLink()
        _ = link.started()
        return (0..<count).map { _ in
            guard case .wait(let time) = link.failed(now: 0, random: random) else { return -1 }
            _ = link.waited()
            return time / 1_000_000
        }
    }

    @Test("waits from 100 ms to 500 ms between tries, longer each time, by chance down to the half of it")
    func backoff() {
        #expect(waits(6, random: .max) == [99, 199, 399, 499, 499, 499])
        #expect(waits(6, random: 0) == [50, 100, 200, 250, 250, 250])
        #expect(waits(100, random: 0).last == 250)
    }

    @Test("goes through its states, and begins anew after a connection that lasted")
    func walk() {
        var link = RedisLink()
        #expect(link.waited() == .nothing)
        #expect(link.started() == .connect)
        #expect(link.started() == .nothing)
        #expect(link.failed(now: 0, random: 0) == .wait(50_000_000))
        #expect(link.failed(now: 0, random: 0) == .nothing)
        #expect(link.waited() == .connect)
        #expect(link.opened(now: 0) == .nothing)
        #expect(link.isOpen)
        // it was gone at once
        #expect(link.failed(now: Self.second - 1, random: 0) == .wait(100_000_000))
        _ = link.waited()
        _ = link.opened(now: 0)
        #expect(link.failed(now: Self.second, random: 0) == .wait(50_000_000))
        _ = link.waited()
        _ = link.opened(now: 0)
        #expect(link.failed(now: Self.second, random: 0, again: true) == .wait(100_000_000))
    }

    @Test("is over once it was stopped")
    func stopped() {
        var link = RedisLink()
        _ = link.started()
        #expect(link.stopped() == .close)
        #expect(link.stopped() == .nothing)
        #expect(link.opened(now: 0) == .close)
        #expect(link.failed(now: 0, random: 0) == .nothing)
        #expect(link.started() == .nothing)
        #expect(link.waited() == .nothing)
    }
}

@Suite("The circuit breaker before a Redis")
struct RedisBreakerTests {
    private static let second: Int64 = 1_000_000_000

    /// `a` answered, `f` failed; all of them were sent before.
    private func state(after events: String) -> RedisBreaker.State {
        var breaker = RedisBreaker()
        for event in events {
            if event == "a" { _ = breaker.answered() } else { _ = breaker.failed(now: 0) }
        }
        return breaker.state
    }

    @Test(
        "opens after five failures in a row",
        arguments: [
            ("ffff", RedisBreaker.State.closed(failures: 4)), ("ffffa", .closed(failures: 0)),
            ("ffffaffff", .closed(failures: 4)), ("fffff", .open(until: second)),
            ("ffffffff", .open(until: second)), ("fffffa", .open(until: second)),
        ])
    func opens(events: String, state: RedisBreaker.State) {
        #expect(self.state(after: events) == state)
    }

    @Test("lets one trial pass each second, however many have failed")
    func trials() {
        var breaker = RedisBreaker()
        for _ in 0..<5 { _ = breaker.failed(now: 0) }
        for second in 1...40 {
            let now = Int64(second) * Self.second
            #expect(breaker.asked(now: now - 1) == false)
            #expect(breaker.wouldPass(now: now))
            #expect(breaker.asked(now: now) == true)
            #expect(breaker.asked(now: now) == false, "one at a time")
            #expect(breaker.failed(now: now) == false)
        }
        #expect(breaker.state == .open(until: 41 * Self.second))
    }

    @Test("closes after a trial that is answered, and then waits a second again")
    func closes() {
        var breaker = RedisBreaker()
        let opened = (0..<5).map { _ in breaker.failed(now: 0) }
        #expect(opened == [false, false, false, false, true])
        #expect(breaker.asked(now: Self.second) == true)
        #expect(breaker.answered() == true)
        #expect(breaker.state == .closed(failures: 0))
        #expect(breaker.answered() == false)
        for _ in 0..<5 { _ = breaker.failed(now: 0) }
        #expect(breaker.state == .open(until: Self.second))
    }

    @Test("another connection closes it")
    func renewed() {
        var breaker = RedisBreaker()
        #expect(breaker.renewed() == false)
        for _ in 0..<5 { _ = breaker.failed(now: 0) }
        #expect(breaker.renewed() == true)
        #expect(breaker.asked(now: 0) == true)
    }
}

@Suite("The greeting of a Redis")
struct RedisGreetingTests {
    private static func settings(_ endpoint: String) -> RedisSettings {
        var settings = RedisSettings()
        settings.endpoint = RedisEndpoint(endpoint)
        return settings
    }

    private func text(_ settings: RedisSettings) -> String {
        var buffer = ByteBuffer()
        for command in RedisGreeting(settings).commands { _ = command.write(to: &buffer) }
        return String(buffer: buffer).split(separator: "\r\n").filter { !"*$".contains($0.prefix(1)) }
            .joined(separator: " ")
    }

    @Test(
        "logs in, takes its database, says its name and asks whether all is well",
        arguments: [
            ("redis://h", "CLIENT SETNAME clawproxy PING"), ("redis://h/0", "CLIENT SETNAME clawproxy PING"),
            ("redis://:pw@h/3", "AUTH pw SELECT 3 CLIENT SETNAME clawproxy PING"),
            ("redis://user:p%40w@h", "AUTH user p@w CLIENT SETNAME clawproxy PING"),
        ])
    func commands(endpoint: String, words: String) {
        #expect(text(Self.settings(endpoint)) == words)
    }

    @Test("the settings' own name, password and database stand before the address's")
    func settings() {
        var settings = Self.settings("redis://user:pw@h/3")
        settings.username = "other"
        settings.password = Secret("secret")
        settings.db = 5
        #expect(text(settings) == "AUTH other secret SELECT 5 CLIENT SETNAME clawproxy PING")
    }

    /// The verdict on the reply to a command of `AUTH SELECT CLIENT PING`, where all before it are well.
    @Test(
        "what is refused is told by its reason",
        arguments: [
            (
                0, "WRONGPASS invalid username-password pair",
                RedisTrouble.credentials("WRONGPASS invalid username-password pair")
            ),
            (
                0, "ERR AUTH <password> called without any password configured",
                .credentials("ERR AUTH <password> called without any password configured")
            ),
            (1, "ERR DB index is out of range", .broken("no such database: ERR DB index is out of range")),
            (1, "NOAUTH Authentication required.", .credentials("NOAUTH Authentication required.")),
            (2, "NOPERM this user has no permissions", nil), (3, "NOPERM this user has no permissions", nil),
            (
                3, "LOADING Redis is loading the dataset in memory",
                .loading("LOADING Redis is loading the dataset in memory")
            ),
            (3, "MASTERDOWN Link with MASTER is down", .loading("MASTERDOWN Link with MASTER is down")),
        ] as [(Int, String, RedisTrouble?)])
    func refusals(place: Int, error: String, trouble: RedisTrouble?) {
        var greeting = RedisGreeting(Self.settings("redis://:pw@h/3"))
        for _ in 0..<place { #expect(greeting.replied(.status("OK")) == .more) }
        let verdict = greeting.replied(.error(error))
        if let trouble {
            #expect(verdict == .refused(trouble))
        } else {
            #expect(verdict == (place == 3 ? .welcome : .more))
        }
    }

    @Test("a reply too many is no greeting")
    func tooMany() {
        var greeting = RedisGreeting(Self.settings("redis://h"))
        #expect(greeting.replied(.status("OK")) == .more)
        #expect(greeting.replied(.status("PONG")) == .welcome)
        #expect(greeting.replied(.status("PONG")) == .refused(.broken("a reply to no command")))
    }
}
