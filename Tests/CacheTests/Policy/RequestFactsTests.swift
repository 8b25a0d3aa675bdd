import Cache
import Testing
import Wire

@Suite("what the cache knows of a request")
struct RequestFactsTests {
    private func facts(_ fields: String..., method: String = "GET") -> RequestFacts {
        RequestFacts(Heads.request(fields, method: method))
    }

    @Test("a plain GET says nothing") func plain() {
        #expect(facts("Accept: */*", "User-Agent: x", "X-Request-Id: 1") == RequestFacts(method: .get))
    }

    @Test("each field is seen") func each() {
        #expect(facts("Cookie: a=b").hasCookie)
        #expect(facts("Authorization: Bearer x").hasAuthorization)
        #expect(facts("X-Session-Key: x").hasSessionKey)
        #expect(facts("Range: bytes=0-1").hasRange)
        #expect(facts("Content-Length: 3").hasBody)
        #expect(facts("Transfer-Encoding: chunked").hasBody)
        #expect(!facts("Content-Length: 0").hasBody)
        #expect(facts(method: "HEAD").method == .head)
        for field in ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"] {
            #expect(facts("\(field): x").isConditional, "\(field)")
        }
    }

    @Test("all lines of `Cache-Control` count") func lines() {
        let directives = facts("Cache-Control: nothing-to-see-here", "cache-control: max-age=3").directives
        #expect(directives.maxAge == 3)
    }

    @Test("5.4: `Pragma: no-cache` counts where there is no `Cache-Control`") func pragma() {
        #expect(facts("Pragma: x, No-Cache").wantsValidation)
        #expect(!facts("Pragma: other").wantsValidation)
        #expect(!facts("Pragma: no-cache", "Cache-Control: max-age=60").wantsValidation)
        #expect(facts("Cache-Control: no-cache").wantsValidation)
        #expect(facts("Cache-Control: max-age=0").wantsValidation)
    }
}
