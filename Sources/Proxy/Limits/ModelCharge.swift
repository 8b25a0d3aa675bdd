internal import Access
internal import NIOCore
internal import Semantics
internal import Wire

/// What one request has taken of the limits of models, until it has ended: then it is settled, once, however that was.
///
/// Of the loop of its exchange. Whoever lets go of it without settling gives back all of it.
final class ModelCharge {
    private let loop: Loop
    private(set) var gates: [LimitGate]
    /// Tokens that are set apart at each limit that counts them.
    let reserved: Int64
    /// Tokens that the prompt is estimated to have, and is taken to have for this model.
    private let promptEstimate: Int
    private let prompt: Int
    private var model: String
    /// The answer says what it has cost.
    let readsAnswers: Bool
    private var scanner: UsageScanner?
    private var isAnswered = false
    /// The answer is in a form that is not read.
    private var isOpaque = false
    /// The answer came to its end.
    var isWhole = false
    private var isSettled = false
    /// Who asked is gone.
    var isDeserted = false

    /// - Parameters:
    ///   - model: as the body names it; empty where it names none.
    ///   - promptEstimate: tokens.
    ///   - most: tokens that the answer may have.
    init(_ loop: Loop, model: String, promptEstimate: Int, most: Int, readsAnswers: Bool) {
        self.loop = loop
        self.model = model
        self.promptEstimate = promptEstimate
        self.readsAnswers = readsAnswers
        gates = []
        prompt =
            readsAnswers
            ? loop.process.limits.calibration.tokens(.prompt, of: model, estimated: promptEstimate) : promptEstimate
        let (sum, overflow) = Int64(prompt).addingReportingOverflow(Int64(most))
        reserved = overflow ? .max : max(sum, 1)
    }

    deinit { if !isSettled { settle(cost: 0) } }

    /// All of it has been given.
    func take(_ gates: some Sequence<LimitGate>) {
        let more = Array(gates)
        self.gates += more
        note(more, reserved)
    }

    private func note(_ gates: [LimitGate], _ tokens: Int64) {
        for gate in gates where gate.isOfTokens { loop.process.limits.reserved(Int(tokens)) }
    }

    /// The next model is asked in place of one that gave no answer.
    func leaveModel(for next: String) {
        model = next
        let left = gates.filter { $0.owner?.name != "global" }
        gates.removeAll { $0.owner?.name != "global" }
        settle(left, cost: 0)
    }

    // MARK: the answer

    func answerBegan(_ answer: ResponseHead) {
        isAnswered = answer.status >= 200 && answer.status < 300
        guard isAnswered, readsAnswers else { return }
        isOpaque = answer.first(named: "content-encoding").map { !$0.isCaseless("identity") } ?? false
        let type = answer.first(named: "content-type")
        scanner = UsageScanner(isStream: answer.isEventStream || type?.isPrefixedCaseless("application/x-ndjson") == true)
    }

    func take(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        guard scanner != nil, !isOpaque, end > start else { return }
        buffer.withUnsafeReadableBytes { all in
            let offset = start &- buffer.readerIndex
            scanner?.take(UnsafeRawBufferPointer(rebasing: all[offset..<(offset &+ end &- start)]))
        }
    }

    // MARK: the end

    /// - Parameter wasSent: an agent has had the request.
    func settle(wasSent: Bool) {
        guard !isSettled else { return }
        settle(cost: cost(wasSent))
    }

    private func cost(_ wasSent: Bool) -> Int64 {
        guard isAnswered else { return wasSent ? Int64(prompt) : 0 }
        guard let scanner else { return 0 }
        if isOpaque { return reserved }
        let calibration = loop.process.limits.calibration
        let kind = scanner.countsPieces ? TokenCalibration.Kind.pieces : .text
        let usage = scanner.usage
        if isWhole {
            calibration.learn(.prompt, of: model, estimated: promptEstimate, reported: usage.prompt ?? 0)
            calibration.learn(kind, of: model, estimated: scanner.answerEstimate, reported: usage.answer ?? 0)
        }
        let answer = calibration.tokens(kind, of: model, estimated: scanner.answerEstimate)
        return Int64(usage.cost(promptEstimate: prompt, answerEstimate: answer, isWhole: isWhole))
    }

    private func settle(cost: Int64) {
        isSettled = true
        let all = gates
        gates = []
        settle(all, cost: cost)
        if readsAnswers, cost > 0 { loop.process.limits.spent(Int(cost)) }
    }

    private func settle(_ gates: [LimitGate], cost: Int64) {
        note(gates, -reserved)
        for gate in gates {
            switch gate.kind {
            case .place(let places): places.release()
            case .rate(let limit, let key, let taken) where limit.isOfTokens:
                loop.charge(limit, key, limit.prefix, cost: cost - taken)
            case .rate: break
            }
        }
    }
}

extension LimitGate {
    var isOfTokens: Bool {
        if case .rate(let limit, _, _) = kind { return limit.isOfTokens }
        return false
    }
}
