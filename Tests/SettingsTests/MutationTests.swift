import Settings
import Testing

@Suite("hostile texts are answered")
struct MutationTests {
    private static let seed: UInt64 = 20_260_731

    @Test("ten thousand mutations of the cases neither crash a reader nor hold it up")
    func mutations() throws {
        let json = try Corpora.verdicts("json.jsonl").map(\.raw) + Corpora.verdicts("json5.jsonl").map(\.raw)
        let yaml = try Corpora.rows("yaml.json").compactMap { $0["yaml"]?.string }.map { Array($0.utf8) }
        // The long ones are depth tests, which others cover.
        let texts = (json + yaml).filter { $0.count < 4096 }
        var random = SeededRandom(state: Self.seed)
        let clock = ContinuousClock()
        let start = clock.now
        for round in 0..<10_000 {
            let text = Self.mutated(texts, &random)
            let began = clock.now
            _ = try? JSONReader.read(text, source: "m", dialect: .strict)
            _ = try? JSONReader.read(text, source: "m", dialect: .json5, duplicates: .lastStays)
            _ = try? YAMLReader.readAll(text, source: "m")
            if round.isMultiple(of: 5) {
                let file = round.isMultiple(of: 2) ? "m.json" : "m.yaml"
                _ = Configuration<Toy>.load(Inputs(configFiles: [file]) { $0 == file ? .bytes(text) : .missing })
            }
            #expect(clock.now - began < .seconds(5), "seed \(Self.seed), round \(round)")
        }
        #expect(clock.now - start < .seconds(240), "seed \(Self.seed)")
    }

    @Test("mutations of a whole configuration load or tell why")
    func configurations() {
        let text = Array(Reference.example(Toy.self).utf8)
        var random = SeededRandom(state: Self.seed)
        for round in 0..<500 {
            let mutated = Self.mutated([text], &random)
            let configuration = Configuration<Toy>.load(
                Inputs(configFiles: ["m.json"]) { $0 == "m.json" ? .bytes(mutated) : .missing })
            #expect(
                configuration.lines.allSatisfy { !$0.contains("\n") && !$0.isEmpty },
                "seed \(Self.seed), round \(round)")
        }
    }

    @Test("keys and values of flags and variables may be anything")
    func loose() {
        var random = SeededRandom(state: Self.seed)
        let pieces = [
            "http", "listen", ".", "[", "]", "\"", "0", "rules", "routing", "pools", "null", "{", "}", "${", "$", ",",
            "tls", "é", "\\", " ",
        ]
        for _ in 0..<5_000 {
            let words = (0..<2).map { _ in
                (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                    .joined()
            }
            _ = load(environment: ["OPENCLAW_GATEWAY_HTTP_LISTEN": words[1]], flags: [(words[0], words[1])])
            _ = load().origin(of: words[0])
        }
    }

    private static func mutated(_ texts: [[UInt8]], _ random: inout SeededRandom) -> [UInt8] {
        var text = texts.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0...text.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: text.insert(UInt8.random(in: 0...255, using: &random), at: at)
            case 1: if at < text.count { text[at] = UInt8.random(in: 0...255, using: &random) }
            case 2: if at < text.count { text.remove(at: at) }
            case 3: text = Array(text[..<at])
            case 4:
                let other = texts.randomElement(using: &random) ?? []
                text.insert(contentsOf: other.prefix(Int.random(in: 0...64, using: &random)), at: at)
            default:
                let marks = Array("[]{}:,\"'\\&*<-?!|>#%@`~ \n\t\r$".utf8)
                text.insert(marks.randomElement(using: &random) ?? 0, at: at)
            }
        }
        return text
    }
}
