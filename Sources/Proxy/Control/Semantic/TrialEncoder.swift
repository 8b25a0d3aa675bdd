internal import Semantics

/// A sentence encoder as trials ask it: each text once, whatever the number of trials.
final class TrialEncoder {
    let name: String
    private let model: any SentenceModel
    private var known: [String: [Float]] = [:]
    /// Of the texts that were asked alone, without those that were known.
    private(set) var nanoseconds: [UInt64] = []

    /// Examples that are computed together.
    private static let batch = 16

    init(directory: String) throws(EncoderFault) {
        model = try EncoderFiles.open(directory: directory)
        name = model.name
    }

    /// Of many texts, for learning.
    func vectors(_ texts: [String]) throws(EncoderFault) -> [[Float]] {
        var seen: Set<String> = []
        let missing = texts.filter { known[$0] == nil && seen.insert($0).inserted }
        for start in stride(from: 0, to: missing.count, by: Self.batch) {
            let batch = Array(missing[start..<min(start + Self.batch, missing.count)])
            for (text, vector) in zip(batch, try model.embed(batch)) { known[text] = vector }
        }
        return texts.map { known[$0] ?? [] }
    }

    func vector(_ text: String) throws(EncoderFault) -> [Float] {
        if let vector = known[text] { return vector }
        let start = TrialClock.passed()
        let vector = try model.embed([text]).first ?? []
        nanoseconds.append(TrialClock.passed() &- start)
        known[text] = vector
        return vector
    }
}
