import Cache
import Testing
import Wire

/// Fields that nobody would write, made of the pieces that the readers look for: none may end the process.
@Suite("the policy and odd input")
struct PolicyMutationTests {
    private static let pieces = [
        "max-age", "s-maxage", "=", "\"", ",", ";", " ", "\t", "\\", "-", "0", "9", "99999999999999999999", "no-cache",
        "private", "(", ")", "?1", ":", "@", "%", "*", ".", "W/", "bytes=", "/", "..", "?", "#", "//", "http://", "q=",
        "example.com", "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94", "\u{e9}", "+", "gzip", "cdn", "a",
    ]
    private static let answerFields = [
        "Cache-Control", "CDN-Cache-Control", "Surrogate-Control", "Expires", "Date", "Age", "Vary", "ETag",
        "Last-Modified", "Location", "Content-Location", "Cache-Tag", "Surrogate-Key", "Connection", "Cache-Status",
    ]
    private static let requestFields = [
        "Cache-Control", "Pragma", "Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since",
        "If-Unmodified-Since", "Accept", "Accept-Encoding", "Accept-Language", "A", "Cookie",
    ]

    /// xorshift64*: the same for the same seed.
    private struct Numbers {
        var state: UInt64
        mutating func next(below bound: Int) -> Int {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return Int((state &* 0x2545_f491_4f6c_dd1d) >> 33) % bound
        }
    }

    private func fields(_ names: [String], _ numbers: inout Numbers) -> [String] {
        names.filter { _ in numbers.next(below: 3) > 0 }.map { name in
            let value = (0..<numbers.next(below: 9)).map { _ in Self.pieces[numbers.next(below: Self.pieces.count)] }
            return "\(name): \(value.joined())"
        }
    }

    @Test("nothing in a field ends the process, and what is kept can be used", arguments: [1, 2, 3, 4] as [UInt64])
    func random(_ seed: UInt64) {
        var numbers = Numbers(state: seed)
        var policy = StoragePolicy()
        policy.targeted.append(Array("surrogate-control".utf8))
        var kept = 0
        for _ in 0..<1500 {
            let request = Heads.request(fields(Self.requestFields, &numbers))
            let answer = Heads.answer(fields(Self.answerFields, &numbers))
            let post = Heads.request(fields(Self.requestFields, &numbers), method: "POST")
            for target in Invalidation.targets(post, answer) { #expect(target.first == 0x2f) }
            let stored = HeadFields.stored(answer, date: [])
            _ = Validation.freshened(stored, by: answer)
            let facts = RequestFacts(request)
            let judged = Storage.judge(facts, answer, requested: Heads.now, received: Heads.now, policy)
            guard let answerFacts = judged.facts else { continue }
            kept += 1
            #expect(answerFacts.lifetime >= 0 && answerFacts.initialAge >= 0)
            _ = Reusing.judge(answerFacts, facts, now: Heads.now + 1000)
            _ = Conditions.judge(request, answerFacts)
            _ = Validation.updates(answerFacts, answer)
            _ = Validation.conditions(for: answerFacts)
            let values = VaryKey.values(answerFacts.vary, request)
            #expect(VaryKey.selects(answerFacts.vary, values, request))
            switch ByteRanges.judge(request, answerFacts, length: 10) {
            case .whole, .unsatisfiable: break
            case .one(let range): #expect(!range.isEmpty && range.upperBound <= 10)
            case .many(let ranges): #expect(ranges.allSatisfy { !$0.isEmpty && $0.upperBound <= 10 })
            }
        }
        #expect(kept > 50)
    }

    @Test("facts that were damaged on their way end nothing", arguments: [Int64.min, .max, -1, 0])
    func damaged(_ number: Int64) {
        var facts = StoredFacts()
        facts.lifetime = number
        facts.initialAge = number
        facts.received = number
        facts.staleIfError = number
        _ = Reusing.judge(facts, RequestFacts(method: .get), now: Heads.now)
        _ = facts.usefulUntil(validated: number)
        _ = facts.freshFor(.min)
    }
}
