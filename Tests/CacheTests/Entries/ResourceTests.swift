import Cache
import NIOCore
import Testing

@Suite("the variants of a resource")
struct ResourceTests {
    private let german = Heads.request("Accept-Language: de")
    private let english = Heads.request("Accept-Language: en")

    @Test("are told apart by the fields that Vary names (RFC 9111 4.1)")
    func selecting() {
        let key = Kept.key(1)
        let resource = Resource(Kept.answer(key, [1], vary: ["accept-language"], for: german))
            .adding(Kept.answer(key, [2], vary: ["accept-language"], for: english))
        #expect(resource.selecting(german)?.body.getInteger(at: 0, as: UInt8.self) == 1)
        #expect(resource.selecting(english)?.body.getInteger(at: 0, as: UInt8.self) == 2)
        #expect(resource.selecting(Heads.request()) == nil)
    }

    @Test("replace an older one that is the same variant")
    func replacing() {
        let key = Kept.key(1)
        let old = Resource(Kept.answer(key, [1], vary: ["accept-language"], for: german))
        let resource = old.adding(Kept.answer(key, [2], date: 1_800_000_001, vary: ["accept-language"], for: german))
        #expect(resource.variants.count == 1)
        #expect(resource.selecting(german)?.body.getInteger(at: 0, as: UInt8.self) == 2)
    }

    @Test("are looked at from the newest on, by Date (RFC 9111 4)", arguments: [[1, 2, 3], [3, 2, 1], [2, 3, 1]])
    func order(_ dates: [Int64]) {
        let key = Kept.key(1)
        var resource = Resource(Kept.answer(key, [0], date: 0, vary: ["x-0"]))
        for date in dates { resource = resource.adding(Kept.answer(key, date: date, vary: ["x-\(date)"])) }
        #expect(resource.variants.map(\.facts.date) == [3, 2, 1, 0])
    }

    @Test("are ten at most; the oldest goes, and what just came stays")
    func most() {
        let key = Kept.key(1)
        var resource = Resource(Kept.answer(key, date: 1, vary: ["x-1"]))
        for date in 2...30 { resource = resource.adding(Kept.answer(key, date: Int64(date), vary: ["x-\(date)"])) }
        #expect(resource.variants.map(\.facts.date) == (21...30).reversed().map(Int64.init))
        let late = Kept.answer(key, date: 0, vary: ["x-0"])
        #expect(resource.adding(late).variants.map(\.facts.date) == (22...30).reversed().map(Int64.init) + [0])
    }

    @Test("leave one by one when their time has come")
    func remaining() {
        let key = Kept.key(1)
        let resource = Resource(Kept.answer(key, date: 1, vary: ["x-1"]), until: 100)
            .adding(Kept.answer(key, date: 2, vary: ["x-2"]), until: 50)
        #expect(resource.remaining(49)?.variants.count == 2)
        #expect(resource.remaining(50)?.variants.map(\.facts.date) == [1])
        #expect(resource.remaining(100) == nil)
    }

    @Test("come back from the bytes of a file, each with its end")
    func codec() throws {
        let key = Kept.key(1)
        let resource = Resource(Kept.answer(key, [1], date: 1, vary: ["x-1"]), until: 100)
            .adding(Kept.answer(key, [2], date: 2, vary: ["x-2"]), until: .max)
        let bytes = ResourceCodec.encode(resource)
        let back = try #require(bytes.withUnsafeBytes { ResourceCodec.decode($0) })
        #expect(back.variants.count == 2)
        #expect(zip(back.variants, resource.variants).allSatisfy { Kept.isSame($0, $1) })
        #expect(back.remaining(100)?.variants.map(\.facts.date) == [2])
        for count in 0..<bytes.count {
            #expect(bytes[..<count].withUnsafeBytes { ResourceCodec.decode($0) } == nil)
        }
    }
}
