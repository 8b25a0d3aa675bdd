import Cache
import Testing
import Wire

@Suite("RFC 9211: telling what the cache did")
struct CacheStatusTextTests {
    @Test("a hit tells what is left of its life, and the layer")
    func hit() {
        let hit = CacheStatusText.hit(ttl: 37, detail: "L1")
        #expect(hit.line().text == "Cache-Status: clawproxy; hit; ttl=37; detail=L1\r\n")
        #expect(CacheStatusText.hit(ttl: -5, detail: "").line().text == "Cache-Status: clawproxy; hit; ttl=-5\r\n")
    }

    @Test("what went on tells why, and what became of it")
    func forwarded() {
        var text = CacheStatusText.forwarded(.uriMiss)
        text.isStored = true
        text.isCollapsed = true
        text.forwardedStatus = 304
        #expect(text.line().text == "Cache-Status: clawproxy; fwd=uri-miss; fwd-status=304; stored; collapsed\r\n")
        for reason in CacheStatusText.Forwarded.allCases {
            let line = CacheStatusText.forwarded(reason).line().text
            #expect(line == "Cache-Status: clawproxy; fwd=\(reason.rawValue)\r\n")
        }
    }

    @Test("keys are strings, details are tokens where they can be; nothing in them ends the line")
    func strings() {
        var text = CacheStatusText.forwarded(.miss)
        text.key = Array("a\"\\\r\nb\u{e9}".utf8)
        text.detail = "no store"
        #expect(
            text.line().text
                == "Cache-Status: clawproxy; fwd=miss; key=\"a\\\"\\\\??b??\"; detail=\"no store\"\r\n")
        text.detail = "no-store"
        #expect(text.line().text.hasSuffix("; detail=no-store\r\n"))
    }
}
