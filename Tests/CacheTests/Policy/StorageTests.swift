import Cache
import Testing
import Wire

@Suite("RFC 9111 3: which answers are kept")
struct StorageTests {
    private static let fresh = "Cache-Control: max-age=60"

    @Test(
        "3, 5.2.2: what forbids it",
        arguments: [
            (["Cache-Control: no-store"], .noStore), (["Cache-Control: No-StOrE, max-age=60"], .noStore),
            (["Cache-Control: max-age=60", "Cache-Control: no-store"], .noStore),
            (["Cache-Control: private, max-age=60"], .private), (["Cache-Control: private, s-maxage=60"], .private),
            ([fresh, "Set-Cookie: a=b"], .setCookie), ([fresh, "Vary: *"], .varyStar), ([], .noLifetime),
            ([fresh, "Vary: a, *"], .varyStar), ([fresh, "Vary: a b"], .varyStar),
            (["Cache-Control: max-age=0"], .expired), (["Cache-Control: no-cache, max-age=60"], .noValidator),
        ] as [([String], NotStored)])
    func forbidden(_ fields: [String], _ reason: NotStored) {
        #expect(Heads.judge(fields).reason == reason)
        // whatever else speaks for it
        #expect(Heads.judge(fields + ["Content-Type: text/plain"]).reason == reason)
    }

    @Test("3: only answers to methods that are understood")
    func methods() {
        for method in ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "M-SEARCH", "QUERY"] {
            #expect(Heads.judge([Self.fresh], method: method).reason == .method, "\(method)")
        }
        #expect(Heads.judge([Self.fresh]).facts != nil)
    }

    @Test("a request's `no-store`, content or session forbids it")
    func requests() {
        #expect(Heads.judge([Self.fresh], request: ["Cache-Control: no-store"]).reason == .requestNoStore)
        #expect(Heads.judge([Self.fresh], request: ["Content-Length: 3"]).reason == .requestBody)
        #expect(Heads.judge([Self.fresh], request: ["X-OpenClaw-Session-Key: a"]).reason == .sessionKey)
    }

    @Test(
        "3: every final status may be kept with a stated lifetime",
        arguments: [200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599])
    func finals(_ status: Int) { #expect(Heads.judge([Self.fresh], status: status).facts?.lifetime == 60) }

    @Test("3, 3.3: parts are not kept, nor what belongs to one request", arguments: [206, 304, 412, 416, 429, 511])
    func parts(_ status: Int) { #expect(Heads.judge([Self.fresh], status: status).reason != nil) }

    @Test("5.2.2.3: `must-understand` goes before `no-store` where the status is understood")
    func mustUnderstand() {
        let field = "Cache-Control: max-age=60, no-store, must-understand"
        #expect(Heads.judge([field]).facts?.lifetime == 60)
        #expect(Heads.judge([field], status: 599).reason == .mustUnderstand)
        #expect(Heads.judge(["Cache-Control: max-age=60, must-understand"], status: 599).reason == .mustUnderstand)
    }

    @Test("3.5: an answer to a request with `Authorization` is kept only where it says so, or the rule does")
    func authorization() {
        let request = ["Authorization: Bearer x"]
        #expect(Heads.judge([Self.fresh], request: request).reason == .authorization)
        #expect(Heads.judge(["Cache-Control: max-age=60, proxy-revalidate"], request: request).reason == .authorization)
        for leave in ["max-age=60, public", "max-age=60, must-revalidate", "s-maxage=60"] {
            #expect(Heads.judge(["Cache-Control: \(leave)"], request: request).facts?.lifetime == 60, "\(leave)")
        }
        var policy = StoragePolicy()
        policy.ignoresCredentials = true
        #expect(Heads.judge([Self.fresh], request: request, policy).facts != nil)
    }

    @Test("an answer to a request with a cookie is kept where its lifetime is stated")
    func cookies() {
        var policy = StoragePolicy()
        policy.defaultLifetime = 60
        let request = ["Cookie: a=b"]
        #expect(Heads.judge([], request: request, policy).reason == .cookie)
        #expect(Heads.judge([Self.fresh], request: request, policy).facts != nil)
        #expect(Heads.judge(["Cache-Control: public"], request: request, policy).facts != nil)
        policy.ignoresCredentials = true
        #expect(Heads.judge([], request: request, policy).facts != nil)
    }

    @Test("5.2.2.4, 5.2.2.7: a `Set-Cookie` that the answer withholds forbids nothing")
    func withheldCookie() {
        let fields = ["Cache-Control: max-age=60, private=\"Set-Cookie\"", "Set-Cookie: a=b"]
        #expect(Heads.judge(fields).facts?.lifetime == 60)
        #expect(!HeadFields.stored(Heads.answer(fields), date: []).text.contains("a=b"))
    }

    @Test("5.2.2.4: `no-cache` is kept where the agent can be asked")
    func noCache() {
        let facts = Heads.facts(["Cache-Control: no-cache, max-age=60", "ETag: \"a\""])
        #expect(facts?.alwaysRevalidate == true)
        #expect(Heads.facts(["ETag: \"a\""])?.lifetime == 0)
    }

    @Test("a POST is kept where its rule gives it a lifetime, and no longer than the answer says")
    func agents() {
        var policy = StoragePolicy()
        policy.agentLifetime = 600
        func judge(_ fields: [String], _ status: Int = 200) -> Storability {
            Heads.judge(fields, status: status, request: ["Content-Length: 2"], method: "POST", policy)
        }
        #expect(judge([]).facts?.lifetime == 600)
        #expect(judge(["Cache-Control: no-cache"]).facts?.alwaysRevalidate == false)
        #expect(judge(["Cache-Control: max-age=5"]).facts?.lifetime == 5)
        #expect(judge(["Cache-Control: max-age=5000"]).facts?.lifetime == 600)
        #expect(judge(["Cache-Control: no-store"]).reason == .noStore)
        #expect(judge(["Set-Cookie: a=b"]).reason == .setCookie)
        #expect(judge([], 404).reason == .status)
        #expect(Heads.judge([], request: ["X-Session-Key: a"], method: "POST", policy).reason == .sessionKey)
    }

    @Test("validators, tags and names are remembered")
    func remembered() {
        let facts = Heads.facts([
            Self.fresh, "ETag: W/\"x\"", "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT", "Vary: B, a", "Vary: A",
            "Cache-Tag: t1, t2", "Surrogate-Key: t3 t1",
        ])
        #expect(facts?.etag.text == "W/\"x\"")
        #expect(facts?.lastModified == 1_577_836_800)
        #expect(facts?.vary.map(\.text) == ["a", "b"])
        #expect(facts?.tags.map(\.text) == ["t1", "t2", "t3"])
    }

    @Test("what one request is to blame for says nothing about the next")
    func lasting() {
        let blamed = NotStored.allCases.filter { !$0.isLasting }
        #expect(
            blamed == [.method, .requestNoStore, .requestBody, .sessionKey, .status, .partial, .authorization, .cookie])
    }

    @Test("each reason has a word of its own")
    func words() { #expect(Set(NotStored.allCases.map(\.word)).count == NotStored.allCases.count) }
}
