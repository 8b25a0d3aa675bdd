import Cache
import Testing
import Wire

@Suite("RFC 9213: fields for some caches only")
struct TargetedFieldTests {
    private func judge(
        _ targeted: String, _ fields: String..., policy: StoragePolicy = StoragePolicy()
    ) -> Storability {
        Heads.judge(["CDN-Cache-Control: \(targeted)", "ETag: \"a\""] + fields, policy)
    }

    @Test("2.2: where one stands, `Cache-Control` and `Expires` say nothing")
    func replaces() {
        #expect(judge("max-age=3600", "Cache-Control: max-age=1").facts?.lifetime == 3600)
        #expect(judge("max-age=1", "Cache-Control: max-age=3600").facts?.lifetime == 1)
        #expect(judge("max-age=3600", "Cache-Control: no-store").facts?.lifetime == 3600)
        #expect(judge("max-age=3600", "Expires: 0").facts?.lifetime == 3600)
        #expect(judge("max-age=0", "Expires: \(Heads.date(60))").facts?.lifetime == 0)
        #expect(judge("no-store", "Cache-Control: max-age=60").reason == .noStore)
        #expect(judge("private", "Cache-Control: max-age=60").reason == .private)
        #expect(judge("no-cache", "Cache-Control: max-age=60").facts?.alwaysRevalidate == true)
        #expect(judge("max-age=60, must-revalidate").facts?.mustRevalidate == true)
        #expect(judge("max-age=60, stale-if-error=5;a=b").facts?.staleIfError == 5)
    }

    @Test("2.1: `Age` counts all the same")
    func ages() { #expect(judge("max-age=3600", "Age: 7200").facts?.freshFor(Heads.now) == -3600) }

    @Test(
        "2.1: it is a dictionary; seconds are saturated, unknown members and parameters say nothing",
        arguments: [
            ("max-age=60", 60), ("max-age=60, foo", 60), ("foo=bar, max-age=60;a=\"x,y\"", 60),
            ("foo=(1 2), max-age=60", 60), ("max-age=99999999999", 2_147_483_648), ("max-age=1,max-age=60", 60),
            ("  max-age=60  ", 60), ("a=:YQ==:, b=?0, c=1.5, d=@12, max-age=60", 60), ("max-age=-5", 0),
            ("max-age=60\t,\tfoo", 60),
        ] as [(String, Int64)])
    func valid(_ text: String, _ seconds: Int64) {
        #expect(judge(text, "Cache-Control: no-store").facts?.lifetime == seconds)
    }

    @Test(
        "2.1: one with a fault is as none",
        arguments: [
            "max-age=10000, &&&&&", "max-age=\"10000\"", "max-age =100", "max-age= 100", "MaX-aGe=3600", "max-age=1.5",
            "max-age=60,", "max-age", "max-age=?1", "no-store=5", "max-age=60 foo", "max-age=(60)", "max-age=60;A",
            "max-age=1234567890123456", "max-age=60, a=\"", "max-age=60, a=(1", "", ",", "private=5", "a=\u{e9}",
        ])
    func invalid(_ text: String) { #expect(judge(text, "Cache-Control: no-store").reason == .noStore) }

    @Test("lines are one dictionary; fields may be named in a string or in a list")
    func lines() {
        let two = judge("max-age=60", "CDN-Cache-Control: no-store")
        #expect(two.reason == .noStore)
        for names in ["private=\"set-cookie\"", "no-cache=(\"Set-Cookie\" x)", "private=(set-cookie)"] {
            let fields = ["CDN-Cache-Control: max-age=60, \(names)", "Set-Cookie: a=b", "X: 1"]
            #expect(Heads.judge(fields).facts?.lifetime == 60, "\(names)")
            #expect(!HeadFields.stored(Heads.answer(fields), date: []).text.contains("a=b"), "\(names)")
        }
        #expect(judge("private=\"\"").reason == .private)
    }

    @Test("2.2: of several the first in the list counts that is in order; the list may be empty")
    func list() {
        var policy = StoragePolicy()
        policy.targeted = [Array("x-cache-control".utf8), Array("cdn-cache-control".utf8)]
        #expect(judge("max-age=1", "X-Cache-Control: max-age=2", policy: policy).facts?.lifetime == 2)
        #expect(judge("max-age=1", "X-Cache-Control: max-age=", policy: policy).facts?.lifetime == 1)
        policy.targeted = []
        #expect(judge("max-age=1", "Cache-Control: max-age=2", policy: policy).facts?.lifetime == 2)
    }

    @Test("`Surrogate-Control` is read in its own older form")
    func surrogate() {
        var policy = StoragePolicy()
        policy.targeted = [Array("surrogate-control".utf8)]
        let facts = Heads.facts(
            ["Surrogate-Control: max-age=3600+60, content=\"ESI/1.0\"", "Cache-Control: no-store"], policy)
        #expect(facts?.lifetime == 3600)
        #expect(facts?.staleWhileRevalidate == 60)
        #expect(Heads.judge(["Surrogate-Control: no-store", "Cache-Control: max-age=9"], policy).reason == .noStore)
    }
}
