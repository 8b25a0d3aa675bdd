import Cache
import NIOCore
import Wire

/// Answers as tests of what keeps them write them.
enum Kept {
    static func key(_ number: Int) -> CacheKey {
        var text = KeyText()
        text.add(.authority, "example.com")
        text.add(.path, "/\(number)")
        return text.key
    }

    static func answer(
        _ key: CacheKey, _ body: [UInt8] = [], date: Int64 = 1_800_000_000, vary: [String] = [],
        for head: RequestHead? = nil,
        tag: String? = nil
    ) -> StoredAnswer {
        var facts = StoredFacts()
        facts.requested = date * 1000
        facts.received = date * 1000
        facts.date = date
        facts.lifetime = 60
        facts.vary = vary.map { Array($0.utf8) }
        facts.tags = tag.map { [Array($0.utf8)] } ?? []
        return StoredAnswer(
            facts: facts, reason: Array("OK".utf8), fields: Array("Content-Type: text/plain\r\n".utf8),
            body: ByteBuffer(bytes: body), varyValues: head.map { VaryKey.values(facts.vary, $0) } ?? [], key: key.bytes
        )
    }

    /// All that a codec must bring back.
    static func isSame(_ one: StoredAnswer, _ other: StoredAnswer) -> Bool {
        one.facts == other.facts && one.reason == other.reason && one.fields == other.fields && one.body == other.body
            && one.pace == other.pace && one.varyValues == other.varyValues && one.key == other.key
            && one.kind == other.kind && one.isSoftPurged == other.isSoftPurged
    }
}
