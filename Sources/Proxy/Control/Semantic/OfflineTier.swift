internal import Semantics

/// One of `semantic.tiers` where no proxy runs: an encoder that is asked on the thread that asks.
final class OfflineTier {
    let name: String
    private let model: any SentenceModel
    private let categories: [CategoryExamples]
    /// Learnt when it is first asked.
    private var judge: VectorJudge?

    private static let batch = 16

    init(_ settings: SemanticTierSettings, _ categories: [CategoryExamples]) throws(SemanticFault) {
        name = settings.name
        self.categories = categories
        let pooling = settings.pooling.flatMap { Pooling(rawValue: $0.rawValue) }
        let options = EncoderOptions(name: settings.name, pooling: pooling, prefix: settings.prefix)
        do throws(EncoderFault) {
            model = try EncoderFiles.open(directory: settings.path ?? "", options: options)
        } catch {
            throw SemanticFault("semantic.tiers: \(settings.name): \(error.description)")
        }
    }

    func judge(_ text: [UInt8], _ scratch: JudgeScratch) throws(SemanticFault) -> Verdict {
        do throws(EncoderFault) {
            let judge = try learnt()
            var text = Tier.cut(text)
            let vector = try model.embed([text]).first ?? []
            return text.withUTF8 { text in
                vector.withUnsafeBufferPointer { judge.judge($0, UnsafeRawBufferPointer(text), scratch) }
            }
        } catch {
            throw SemanticFault("semantic.tiers: \(name): \(error.description)")
        }
    }

    private func learnt() throws(EncoderFault) -> VectorJudge {
        if let judge { return judge }
        let texts = categories.flatMap(\.examples) + categories.flatMap(\.negatives)
        var vectors: [[Float]] = []
        for start in stride(from: 0, to: texts.count, by: Self.batch) {
            vectors += try model.embed(Array(texts[start..<min(start + Self.batch, texts.count)]))
        }
        let made = VectorJudge(categories, vectors: vectors)
        judge = made
        return made
    }
}
