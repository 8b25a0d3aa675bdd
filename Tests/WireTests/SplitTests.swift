internal import Testing
internal import Wire

@Suite("however the bytes of a message are cut, the same events come out")
struct SplitTests {
    @Test("requests of the corpora", arguments: Corpus.requestFiles + ["smuggler"])
    func requests(file: String) throws {
        try check(Corpus.rows(file, step: file == "smuggler" ? 10 : 1), .requests)
    }

    @Test("answers of the corpora")
    func answers() throws { try check(Corpus.rows("llhttp-responses"), .answers) }

    private func check(_ rows: [Corpus.Row], _ side: WireDriver.Side) {
        #expect(!rows.isEmpty)
        var random = Seeded(seed: 7)
        for row in rows {
            let bytes = row.bytes
            let whole = WireDriver.events(bytes, side, cuts: [])
            #expect(
                WireDriver.events(bytes, side, cuts: Array(1..<max(bytes.count, 2))) == whole, "\(row.id), byte by byte"
            )
            for _ in 0..<50 {
                let cuts = (0..<(1 + random.below(4))).map { _ in 1 + random.below(bytes.count) }.sorted()
                #expect(WireDriver.events(bytes, side, cuts: cuts) == whole, "\(row.id), cut at \(cuts)")
            }
        }
    }

    @Test("an answer that the corpus refuses is refused")
    func refusedAnswers() throws {
        for row in try Corpus.rows("llhttp-responses") where row.expect == "reject" {
            let events = WireDriver.events(row.bytes, .answers, cuts: [])
            #expect(events.last?.hasPrefix("failed") == true, "\(row.id): \(row.why): \(events)")
        }
    }
}
