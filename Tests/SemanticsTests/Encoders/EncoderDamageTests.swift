import Testing

@testable import Semantics

@Suite("Damaged files of encoders")
struct EncoderDamageTests {
    /// A byte changed, some removed, some doubled, the end cut off: one to four times.
    private func damaged(_ bytes: [UInt8], within limit: Int, _ random: inout RandomNumbers) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0..<4, using: &random) {
            let place = Int.random(in: 0..<max(1, min(limit, bytes.count)), using: &random)
            guard place < bytes.count else { continue }
            let end = min(bytes.count, place + Int.random(in: 1..<20, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[place] = "0123456789{}[]\",:-e".utf8.randomElement(using: &random) ?? 0
            case 2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 3: bytes.removeSubrange(place..<end)
            case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    @Test(
        "any damage is a fault with words, or harmless, never a crash",
        .enabled(if: Nearness.hasLibrary, Nearness.missing),
        arguments: ["config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"])
    func encoder(name: String) throws {
        let folder = try TinyEncoder(width: 8, layers: 1, heads: 2, inner: 8).write()
        try attack(folder, name, seed: 11, rounds: 200)
    }

    @Test("positions for less than a framed token are refused", arguments: [1, 2])
    func positions(count: Int) throws {
        let folder = try TinyEncoder(width: 8, layers: 1, heads: 2, inner: 8).write()
        let config = String(decoding: try folder.bytes("config.json"), as: UTF8.self)
        try folder.write(
            "config.json",
            config.replacing("\"max_position_embeddings\":16", with: "\"max_position_embeddings\":\(count)"))
        let fault = #expect(throws: EncoderFault.self) { try folder.open() }
        #expect(fault?.place.hasSuffix("max_position_embeddings") == true)
        #expect(fault?.message.hasPrefix("expected 3 to ") == true)
    }

    @Test("the same of model2vec models", arguments: ["config.json", "tokenizer.json", "model.safetensors"])
    func staticEncoder(name: String) throws {
        let folder = try StaticEncoderTests.folder { $0.add("mapping", [21], (0..<21).map(Float.init), kind: "I64") }
        try attack(folder, name, seed: 12, rounds: 200)
    }

    private func attack(_ folder: ModelFolder, _ name: String, seed: UInt64, rounds: Int) throws {
        var random = RandomNumbers(seed: seed)
        let whole = try folder.bytes(name)
        // Most damage to the weights' bytes is only other weights: it goes to the header.
        let limit = name.hasSuffix(".safetensors") ? whole.count / 2 : whole.count
        var faults = 0
        for _ in 0..<rounds {
            try folder.write(name, damaged(whole, within: limit, &random))
            do throws(EncoderFault) {
                let model = try folder.open()
                let vectors = try model.embed(["the cat sat", ""])
                #expect(vectors.allSatisfy { $0.count == model.dimensions })
            } catch {
                faults += 1
                #expect(error.message.hasPrefix("expected "), "\(error)")
                #expect(error.message.contains("; "), "\(error)")
            }
        }
        #expect(faults > rounds / 10)
    }
}
