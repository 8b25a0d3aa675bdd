import Balancer
@testable import Proxy
import Settings
import Testing

@Suite("parts of tiers")
struct TierPartsTests {
    private let second: UInt64 = 1_000_000_000

    @Test("a breaker opens after failures in a row, lets one pass after its time, and closes when that is answered")
    func breaker() {
        var breaker = TierBreaker(failures: 2, cooldown: .seconds(3))
        // whether each of these opened it
        var opened = [breaker.failed(now: 0)]
        let closed = breaker.answered()
        opened += [breaker.failed(now: 0), breaker.failed(now: second)]
        #expect(opened == [false, false, true] && !closed)
        #expect(!breaker.passes(now: 4 * second - 1) && breaker.passes(now: 4 * second))
        breaker.asked()
        #expect(breaker.state == .trying && !breaker.passes(now: 9 * second))
        let again = breaker.failed(now: 5 * second)
        #expect(!again && breaker.state == .open(until: 8 * second))
        breaker.asked()
        let recovered = breaker.answered()
        #expect(recovered && breaker.state == .closed(failures: 0))
    }

    @Test("a cache keeps what was used last")
    func cache() {
        let cache = VectorCache(2)
        let (one, two, three) = (VectorCache.Key("one"), VectorCache.Key("two"), VectorCache.Key("three"))
        cache.keep([1], of: one)
        cache.keep([2], of: two)
        #expect(cache.vector(of: one) == [1])
        cache.keep([3], of: three)
        #expect(cache.vector(of: two) == nil && cache.count == 2)
        #expect(cache.vector(of: one) == [1] && cache.vector(of: three) == [3])
        cache.keep([2], of: two)
        #expect(cache.vector(of: one) == nil && cache.vector(of: three) == [3])
        cache.keep([4], of: three)
        #expect(cache.vector(of: three) == [4])
        let none = VectorCache(0)
        none.keep([1], of: one)
        #expect(none.vector(of: one) == nil)
    }

    @Test("a cache under random use keeps what a plain list by age keeps")
    func randomCache() {
        var random = SplitMix64(seed: 7)
        let cache = VectorCache(5)
        var plain: [(text: String, vector: [Float])] = []
        for step in 0..<2_000 {
            let text = "\(random.next() % 9)"
            let place = plain.firstIndex { $0.text == text }
            if random.next() % 2 == 0 {
                #expect(cache.vector(of: VectorCache.Key(text)) == place.map { plain[$0].vector }, "step \(step)")
                if let place { plain.insert(plain.remove(at: place), at: 0) }
            } else {
                cache.keep([Float(step)], of: VectorCache.Key(text))
                if let place {
                    plain[place].vector = [Float(step)]
                } else {
                    plain.insert((text, [Float(step)]), at: 0)
                    if plain.count > 5 { plain.removeLast() }
                }
            }
        }
    }

    @Test(
        "a URL is a server and a path",
        arguments: [
            ("http://e:8080/v1/embeddings", "http://e:8080", "/v1/embeddings"),
            ("https://api.example.com/x/y?z=1#f", "https://api.example.com", "/x/y?z=1"),
            ("http://e", "http://e", "/v1/embeddings"), ("http://[::1]:9/", "http://[::1]:9", "/v1/embeddings"),
            ("unix:/run/e.sock", "unix:/run/e.sock", "/v1/embeddings"),
            ("unix:///run/e.sock", "unix:/run/e.sock", "/v1/embeddings"),
        ])
    func url(text: String, server: String, target: String) throws {
        let url = try EmbeddingsURL(text)
        #expect(url.endpoint.spelling == server && url.target == target)
    }

    @Test(
        "what is none is said",
        arguments: ["", "e:80", "ftp://e/", "http:///v1", "http://me:pw@e/", "http://e:0/", "http://e/ä"])
    func noURL(text: String) {
        #expect(throws: EmbeddingsFault.self) { try EmbeddingsURL(text) }
    }

    @Test("a long text is cut, and no character of it is")
    func cut() {
        let long = Array(String(repeating: "é", count: Tier.mostBytes).utf8)
        #expect(Tier.cut(long).utf8.count == Tier.mostBytes)
        #expect(Tier.cut([0x61] + long).utf8.count == Tier.mostBytes - 1)
        #expect(!Tier.cut([0x61] + long).unicodeScalars.contains("\u{fffd}"))
        #expect(Tier.cut(Array("short".utf8)) == "short")
    }
}
