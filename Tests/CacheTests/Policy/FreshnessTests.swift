import Cache
import Testing
import Wire

@Suite("RFC 9111 4.2: how long an answer is fresh, and how old it is")
struct FreshnessTests {
    private static let tag = "ETag: \"a\""

    private func lifetime(_ fields: String..., status: Int = 200, policy: StoragePolicy = StoragePolicy()) -> Int64? {
        Heads.facts(fields + [Self.tag], status: status, policy)?.lifetime
    }

    @Test("4.2.1: `s-maxage`, then `max-age`, then `Expires` less `Date`")
    func order() {
        let expires = "Expires: \(Heads.date(30))"
        let date = "Date: \(Heads.date(0))"
        #expect(lifetime("Cache-Control: max-age=10, s-maxage=20", expires, date) == 20)
        #expect(lifetime("Cache-Control: s-maxage=1", "Cache-Control: max-age=3600") == 1)
        #expect(lifetime("Cache-Control: max-age=10", expires, date) == 10)
        #expect(lifetime("Cache-Control: max-age=0", expires, date) == 0)
        #expect(lifetime("Cache-Control: max-age=10", "Expires: 0") == 10)
        #expect(lifetime(expires, date) == 30)
        #expect(lifetime(expires, "Date: \(Heads.date(10))") == 20)
        #expect(lifetime("Expires: \(Heads.date(300))", "Date: \(Heads.date(400))") == 0)
        #expect(lifetime(expires, "Date: foo") == 30)
        #expect(lifetime(expires) == 30)
    }

    @Test(
        "5.3: an `Expires` that is no date is the past, and so are two that differ",
        arguments: [
            ["Expires: 0"], ["Expires: -1"], ["Expires: Thu, 18 Aug 2050 2:01:18 GMT"], ["Expires: "],
            ["Expires: Thu, 18 Aug 2050 02:01:18 GMT", "Expires: Thu, 18 Aug 2050 02:01:19 GMT"],
        ])
    func invalidExpires(_ fields: [String]) {
        let facts = Heads.facts(fields + [Self.tag, "Last-Modified: \(Heads.date(-1000))"])
        #expect(facts?.lifetime == 0)
        // 4.2.2: nothing is guessed where something was said
        #expect(facts?.isHeuristic == false)
    }

    @Test("4.2.2: a tenth of the time since the last change is guessed, up to a bound")
    func heuristic() {
        let facts = Heads.facts(["Last-Modified: \(Heads.date(-1000))"])
        #expect(facts?.lifetime == 100)
        #expect(facts?.isHeuristic == true && facts?.hasExplicitLifetime == false)
        #expect(lifetime("Last-Modified: \(Heads.date(-100_000_000))") == 86_400)
        #expect(lifetime("Last-Modified: \(Heads.date(1000))") == 0)
        var policy = StoragePolicy()
        policy.heuristicPart = 0
        #expect(lifetime("Last-Modified: \(Heads.date(-1000))", policy: policy) == 0)
    }

    @Test("4.2.2, RFC 9110 15.1: some statuses may be guessed about, others only where the answer is `public`")
    func heuristicStatus() {
        let modified = "Last-Modified: \(Heads.date(-1000))"
        for status in [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501] {
            #expect(Heads.facts([modified], status: status)?.lifetime == 100, "\(status)")
        }
        for status in [201, 202, 302, 307, 400, 403, 500, 502, 503, 504, 599] {
            #expect(Heads.judge([modified], status: status).reason == .noLifetime, "\(status)")
            #expect(Heads.facts([modified, "Cache-Control: public"], status: status)?.lifetime == 100, "\(status)")
        }
    }

    @Test("the configuration's lifetime is for answers that state none; errors have lifetimes of their own")
    func configured() {
        var policy = StoragePolicy()
        policy.defaultLifetime = 7
        policy.negative = [404: 3, 503: 1]
        #expect(lifetime(policy: policy) == 7)
        #expect(lifetime("Cache-Control: max-age=9", policy: policy) == 9)
        #expect(lifetime("Last-Modified: \(Heads.date(-1000))", policy: policy) == 7)
        #expect(lifetime(status: 404, policy: policy) == 3)
        #expect(lifetime("Cache-Control: max-age=9", status: 404, policy: policy) == 9)
        #expect(lifetime(status: 503, policy: policy) == 1)
        #expect(lifetime(status: 410, policy: policy) == 0)
        #expect(Heads.facts([], policy)?.hasExplicitLifetime == false)
    }

    @Test(
        "5.1: the first `Age` counts; one that is no number is as none; it is saturated",
        arguments: [
            (["Age: 7200"], 7200), (["Age: 7200, 0"], 7200), (["Age: 0, 7200"], 0), (["Age: 7200", "Age: 0"], 7200),
            (["Age: 0", "Age: 7200"], 0), (["Age: abc"], 0), (["Age: -7200"], 0), (["Age: 7200.0"], 0),
            (["Age: 7200;foo=bar"], 0), (["Age: "], 0), (["Age: 2147483647"], 2_147_483_647),
            (["Age: 2147483649"], 2_147_483_648), (["Age: 99999999999999999999"], 2_147_483_648),
        ] as [([String], Int64)])
    func age(_ fields: [String], _ expected: Int64) {
        #expect(Heads.facts(fields + [Self.tag, "Date: \(Heads.date(0))"])?.initialAge == expected)
    }

    @Test("4.2.3: the age is the larger of what `Date` shows and `Age` with the time that the answer took")
    func corrected() {
        func initial(_ fields: [String], delay: Int64 = 0) -> Int64? {
            Heads.facts(fields + [Self.tag], delay: delay)?.initialAge
        }
        #expect(initial(["Date: \(Heads.date(-7200))"]) == 7200)
        #expect(initial(["Date: \(Heads.date(7200))"]) == 0)
        #expect(initial(["Date: \(Heads.date(-10))", "Age: 25"], delay: 5) == 30)
        #expect(initial(["Age: 25"]) == 25)
        #expect(initial([], delay: 5) == 5)
        #expect(initial(["Date: no date"]) == 0)
    }

    @Test("4.2.3: it grows with the time that it is kept; 4.2: fresh means younger than its lifetime")
    func grows() throws {
        let facts = try #require(Heads.facts(["Cache-Control: max-age=60", "Age: 30"]))
        #expect(facts.age(Heads.now) == 30)
        #expect(facts.age(Heads.now + 2999) == 32)
        #expect(facts.age(Heads.now + 3000) == 33)
        #expect(facts.age(Heads.now - 5000) == 30)
        #expect(facts.freshFor(Heads.now + 29_000) == 1)
        #expect(facts.freshFor(Heads.now + 30_000) == 0)
        #expect(facts.freshFor(Heads.now + 40_000) == -10)
        #expect(facts.age(.max / 2) == 2_147_483_648)
        #expect(facts.usefulUntil(validated: 0) == Heads.now + 30_000)
    }

    @Test("RFC 5861: the answer gives leave to be served stale, else its rule; RFC 9111 4.2.4: or it forbids both")
    func leave() {
        var policy = StoragePolicy()
        policy.staleWhileRevalidate = 5
        policy.staleIfError = 6
        func leave(_ directives: String) -> [Int64]? {
            Heads.facts(["Cache-Control: max-age=1\(directives)", Self.tag], policy)
                .map { [$0.staleWhileRevalidate, $0.staleIfError] }
        }
        #expect(leave("") == [5, 6])
        #expect(leave(", stale-while-revalidate=0, stale-if-error=90") == [0, 90])
        for forbids in [", must-revalidate", ", proxy-revalidate", ", s-maxage=2", ", no-cache"] {
            #expect(leave(forbids + ", stale-while-revalidate=9, stale-if-error=9") == [0, 0], "\(forbids)")
        }
        #expect(Heads.facts(["Cache-Control: max-age=1", Self.tag])?.staleIfError == 0)
    }
}
