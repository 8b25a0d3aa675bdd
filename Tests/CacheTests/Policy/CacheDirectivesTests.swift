import Cache
import Testing
import Wire

@Suite("directives of caches")
struct CacheDirectivesTests {
    private func read(_ lines: String...) -> CacheDirectives {
        var directives = CacheDirectives()
        for line in lines { Array(line.utf8).withUnsafeBytes { directives.read($0) } }
        return directives
    }

    @Test(
        "5.2: names are compared without case, arguments may be quoted, unknown directives are ignored",
        arguments: [
            "max-age=3600", "MaX-aGe=3600", "max-age=\"3600\"", "foobar, max-age=3600", "foo=\"a, b\", max-age=3600",
            "max-age=003600", ",,max-age=3600 ,", "foo=\"max-age=1, \\\" max-age=2\", max-age=3600",
        ])
    func maxAge(_ text: String) { #expect(read(text).maxAge == 3600) }

    @Test(
        "4.2.1: a lifetime that is no number is over",
        arguments: [
            "max-age=-3600", "max-age='3600'", "max-age=3600.0", "max-age=a3600", "max-age=3600a", "max-age=",
            "max-age= 3600", "max-age =3600", "max-age=3600;a", "max-age", "max-age=\"36\"00", "max-age=\"3600",
        ])
    func invalid(_ text: String) {
        // an unfinished string is read to its end: what stands in it may count, and nothing else does
        #expect(read(text).maxAge == (text.hasSuffix("\"3600") ? 3600 : 0))
    }

    @Test(
        "1.2.2: seconds are saturated at 2^31",
        arguments: ["2147483648", "2147483649", "99999999999999999999999999"])
    func saturated(_ text: String) { #expect(read("max-age=\(text)").maxAge == 2_147_483_648) }

    @Test("4.2.1: of a directive given twice the first counts, in one line or in two")
    func twice() {
        #expect(read("max-age=1, max-age=1800").maxAge == 1)
        #expect(read("s-maxage=1800", "s-maxage=1").sMaxAge == 1800)
    }

    @Test("what stands in quotes is no directive")
    func quoted() {
        #expect(read("extension=\"max-age=3600\", max-age=1").maxAge == 1)
        #expect(read("max-age=1, extension=\"max-age=3600, no-store\"") == read("max-age=1"))
    }

    @Test("what forbids counts even where something odd follows; what allows must be written properly")
    func odd() {
        #expect(read("no-store;").noStore)
        #expect(read("private x").isPrivate)
        #expect(!read("public;").isPublic)
        #expect(read("max-stale =5").maxStale == 0)
    }

    @Test("5.2.2.4, 5.2.2.7: `no-cache` and `private` may name fields; without names they are for the whole answer")
    func names() {
        let listed = read("no-cache=\"A, b\", private=c")
        #expect(listed.noCacheFields.map(\.text) == ["a", "b"])
        #expect(listed.privateFields.map(\.text) == ["c"])
        #expect(!listed.noCache && !listed.isPrivate)
        for bare in ["no-cache", "no-cache=\"\"", "no-cache=\"a b\"", "no-cache=", "no-cache=\"a\" x"] {
            #expect(read(bare).noCache, "\(bare)")
        }
    }

    @Test("every directive has its place")
    func all() {
        let request = read("no-store, no-cache, only-if-cached, no-transform, min-fresh=1, max-stale, stale-if-error=2")
        #expect(request.noStore && request.noCache && request.onlyIfCached && request.noTransform)
        #expect(request.minFresh == 1 && request.maxStale == .max && request.staleIfError == 2)
        #expect(read("max-stale=7").maxStale == 7)
        let answer = read(
            "public, must-revalidate, proxy-revalidate, must-understand, immutable, stale-while-revalidate=3")
        #expect(answer.isPublic && answer.mustRevalidate && answer.proxyRevalidate)
        #expect(answer.mustUnderstand && answer.immutable && answer.staleWhileRevalidate == 3)
    }
}
