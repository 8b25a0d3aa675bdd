internal import Semantics

/// What a tier has learnt of the categories, and judges a text's vector by.
protocol TierJudge: Sendable {
    /// Probabilities by the order of the categories, and whether no further tier need be asked.
    func judge(_ vector: [Float], of text: String) -> (probabilities: [Float], isClear: Bool)
}

extension VectorJudge: TierJudge {
    func judge(_ vector: [Float], of text: String) -> (probabilities: [Float], isClear: Bool) {
        let scratch = JudgeSeat.own.scratch
        var text = text
        let verdict = text.withUTF8 { text in
            vector.withUnsafeBufferPointer { judge($0, UnsafeRawBufferPointer(text), scratch) }
        }
        return (scratch.probabilities, verdict.isClear)
    }
}
