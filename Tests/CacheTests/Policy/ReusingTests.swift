import Cache
import Testing
import Wire

@Suite("RFC 9111 4: when a kept answer may be used")
struct ReusingTests {
    /// What becomes of an answer of this age in seconds.
    private func judge(
        _ fields: [String], age: Int64, _ request: String..., method: String = "GET",
        policy: StoragePolicy = StoragePolicy()
    ) -> Reuse {
        let facts = Heads.facts(fields + ["ETag: \"a\""], policy)
        #expect(facts != nil, "\(fields)")
        return Reusing.judge(
            facts, RequestFacts(Heads.request(request, method: method)), now: Heads.now + age * 1000)
    }

    private static let minute = ["Cache-Control: max-age=60"]
    private static let asked = Reuse.revalidate(mayServeOnError: false)

    @Test("4, 4.2: fresh until its age reaches its lifetime, then the agent is asked")
    func fresh() {
        #expect(judge(Self.minute, age: 0) == .fresh)
        #expect(judge(Self.minute, age: 59) == .fresh)
        #expect(judge(Self.minute, age: 60) == Self.asked)
        #expect(judge(Self.minute, age: 59, method: "HEAD") == .fresh)
    }

    @Test("4: nothing kept is nothing to use") func nothing() {
        #expect(Reusing.judge(nil, RequestFacts(method: .get), now: 0) == .unusable)
    }

    @Test("4: other methods, contents and sessions go to the agent")
    func others() {
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
            #expect(judge(Self.minute, age: 0, method: method) == .unusable, "\(method)")
        }
        #expect(judge(Self.minute, age: 0, "Content-Length: 2") == .unusable)
        #expect(judge(Self.minute, age: 0, "X-Session-Key: a") == .unusable)
    }

    @Test("5.2.2.4: `no-cache` is asked about each time, and never stands in for an error")
    func noCache() {
        let policy = Self.generous
        #expect(judge(["Cache-Control: no-cache, max-age=60"], age: 0, policy: policy) == Self.asked)
        #expect(judge(["Cache-Control: no-cache, max-age=60"], age: 61, policy: policy) == Self.asked)
    }

    /// Leave from the rule to serve stale for ever.
    private static var generous: StoragePolicy {
        var policy = StoragePolicy()
        policy.staleWhileRevalidate = 1_000_000
        policy.staleIfError = 1_000_000
        return policy
    }

    @Test(
        "4.2.4, 5.2.2.2, 5.2.2.8, 5.2.2.10: never stale where the answer forbids it, whoever would allow it",
        arguments: ["max-age=2, must-revalidate", "max-age=2, proxy-revalidate", "max-age=2, s-maxage=2"])
    func forbidden(_ directives: String) {
        let fields = ["Cache-Control: \(directives)"]
        #expect(judge(fields, age: 1, policy: Self.generous) == .fresh)
        #expect(judge(fields, age: 3, policy: Self.generous) == Self.asked)
        #expect(judge(fields, age: 3, "Cache-Control: max-stale", policy: Self.generous) == Self.asked)
        #expect(judge(fields, age: 3, "Cache-Control: stale-if-error=9", policy: Self.generous) == Self.asked)
    }

    @Test("4.2.4: not stale without leave")
    func noLeave() { #expect(judge(Self.minute, age: 61) == Self.asked) }

    @Test("5.2.1.1: `max-age` of a request bounds the age")
    func requestMaxAge() {
        #expect(judge(Self.minute, age: 10, "Cache-Control: max-age=10") == .fresh)
        #expect(judge(Self.minute, age: 11, "Cache-Control: max-age=10") == Self.asked)
        #expect(judge(Self.minute, age: 0, "Cache-Control: max-age=0") == Self.asked)
        #expect(judge(Self.minute + ["Age: 30"], age: 0, "Cache-Control: max-age=10") == Self.asked)
        #expect(judge(Self.minute, age: 70, "Cache-Control: max-age=100") == Self.asked)
        #expect(judge(Self.minute, age: 11, "Cache-Control: max-age=10", policy: Self.generous) == Self.asked)
    }

    @Test("5.2.1.2: `max-stale` allows so much, or any")
    func maxStale() {
        #expect(judge(Self.minute, age: 70, "Cache-Control: max-stale=10") == .fresh)
        #expect(judge(Self.minute, age: 71, "Cache-Control: max-stale=10") == Self.asked)
        #expect(judge(Self.minute, age: 7000, "Cache-Control: max-stale") == .fresh)
    }

    @Test("5.2.1.3: `min-fresh` wants so much left")
    func minFresh() {
        #expect(judge(Self.minute, age: 50, "Cache-Control: min-fresh=10") == .fresh)
        #expect(judge(Self.minute, age: 51, "Cache-Control: min-fresh=10") == Self.asked)
    }

    @Test("5.2.1.4, 5.4: `no-cache` of a request wants the agent asked")
    func requestNoCache() {
        #expect(judge(Self.minute, age: 0, "Cache-Control: no-cache") == Self.asked)
        #expect(judge(Self.minute, age: 0, "Pragma: no-cache") == Self.asked)
        #expect(judge(Self.minute, age: 0, "Pragma: no-cache", "Cache-Control: x") == .fresh)
    }

    @Test("5.2.1.5: `no-store` of a request neither uses nor keeps")
    func requestNoStore() { #expect(judge(Self.minute, age: 0, "Cache-Control: no-store") == .unusable) }

    @Test("5.2.1.7: `only-if-cached` is answered from the cache or with 504")
    func onlyIfCached() {
        let wish = "Cache-Control: only-if-cached"
        #expect(judge(Self.minute, age: 0, wish) == .fresh)
        #expect(judge(Self.minute, age: 60, wish) == .unsatisfiable)
        #expect(judge(Self.minute, age: 0, wish + ", no-cache") == .unsatisfiable)
        #expect(judge(Self.minute, age: 60, wish + ", max-stale") == .fresh)
        #expect(Reusing.judge(nil, RequestFacts(Heads.request(wish)), now: 0) == .unsatisfiable)
    }

    @Test("RFC 5861 3: stale for so long while it is fetched anew")
    func staleWhileRevalidate() {
        let fields = ["Cache-Control: max-age=60, stale-while-revalidate=10"]
        #expect(judge(fields, age: 59) == .fresh)
        #expect(judge(fields, age: 60) == .staleWhileRevalidating)
        #expect(judge(fields, age: 69) == .staleWhileRevalidating)
        #expect(judge(fields, age: 70) == Self.asked)
    }

    @Test("RFC 5861 4: stale for so long where the agent fails, by the answer's leave or the request's")
    func staleIfError() {
        let fields = ["Cache-Control: max-age=60, stale-if-error=10"]
        let allowed = Reuse.revalidate(mayServeOnError: true)
        #expect(judge(fields, age: 69) == allowed)
        #expect(judge(fields, age: 70) == Self.asked)
        #expect(judge(Self.minute, age: 69, "Cache-Control: stale-if-error=10") == allowed)
        #expect(judge(Self.minute, age: 70, "Cache-Control: stale-if-error=10") == Self.asked)
    }

    @Test("RFC 8246: `immutable` ends with the lifetime")
    func immutable() {
        let fields = ["Cache-Control: max-age=60, immutable"]
        #expect(judge(fields, age: 59) == .fresh)
        #expect(judge(fields, age: 60) == Self.asked)
    }
}
