internal import Access
internal import NIOCore
internal import Semantics
internal import Wire

/// Limits of models: asked when the body has been read, and settled when the exchange ends.
///
/// They are for requests to models: a POST that names a model in its body, or goes to agents of kind `llm`.
extension Exchange {
    /// True: it waits, and goes on by itself, or it has been refused.
    func asksModelLimits(_ plan: Plan, _ scanner: PromptScanner?) -> Bool {
        guard let limits = plan.limits?.models, head.method == .post, !isUpgrade, charge == nil else { return false }
        let model = models?.model ?? scanner?.named
        if model == nil, !limits.perModel.isEmpty, isOfWideText(plan) {
            fail(Failure.wideText)
            return true
        }
        guard model != nil || isForModels(plan) else { return false }
        let charge = ModelCharge(
            loop, model: model ?? "", promptEstimate: scanner?.tokens.count ?? 0,
            most: scanner?.mostTokens ?? limits.answerTokens, readsAnswers: limits.countsTokens)
        let global = limits.global?.gates(tokens: charge.reserved) ?? []
        let own = model.flatMap { limits.perModel[$0] }?.gates(tokens: charge.reserved) ?? []
        guard !global.isEmpty || !own.isEmpty else { return false }
        let passage = LimitPassage(global + own) { $0.prefix }
        guard let outcome = pass(passage, then: { [self] in if mayGoOn($0, passage, charge) { goOn(plan) } }) else {
            return true
        }
        return !mayGoOn(outcome, passage, charge)
    }

    private func mayGoOn(_ outcome: LimitPassage.Outcome, _ passage: LimitPassage, _ charge: ModelCharge) -> Bool {
        switch outcome {
        case .passed:
            charge.take(passage.gates)
            self.charge = charge
            if charge.readsAnswers { wantsIdentity = true }
            return true
        case .refused(let gate, let verdict):
            let given = Array(passage.given)
            if gate.owner?.name != "global", models?.hasNext == true {
                // what is taken of all models together stays, and the next model is asked
                loop.giveBack(given.filter { $0.owner?.name != "global" }) { limit, _ in limit.prefix }
                charge.take(given.filter { $0.owner?.name == "global" })
                self.charge = charge
                if charge.readsAnswers { wantsIdentity = true }
                if goesOn(.unavailable) { return false }
                self.charge = nil
                charge.settle(wasSent: false)
            } else {
                loop.giveBack(given) { limit, _ in limit.prefix }
            }
            switch gate.kind {
            case .rate(let limit, _, _): if let verdict { refuse(limit, verdict) }
            case .place(let places): fail(Failure.tooManyAtOnce(gate.owner?.name ?? "", places.most))
            }
            return false
        }
    }

    /// The next model of a chain is asked: its limits hold now. False: they have no room.
    func chargeMoves(to model: String) -> Bool {
        guard let charge, let limits = plan?.limits?.models else { return true }
        charge.leaveModel(for: model)
        let gates = limits.perModel[model]?.gates(tokens: charge.reserved) ?? []
        for (at, gate) in gates.enumerated() {
            // nobody is waited for within a chain: what replicas share is told to them, and this one's copy asked
            guard case .taken = loop.take(gate) else {
                loop.giveBack(gates[..<at]) { limit, _ in limit.prefix }
                return false
            }
            if case .rate(let limit, let key, let cost) = gate.kind, limit.isShared {
                limit.limiter.charge(key, cost: -cost, now: loop.now)
                loop.charge(limit, key, limit.prefix, cost: cost)
            }
        }
        charge.take(gates)
        return true
    }

    /// The body looks like JSON in UTF-16 or UTF-32, which some agents read: nobody would know for which model it is.
    private func isOfWideText(_ plan: Plan) -> Bool {
        guard grpc == nil, isForModels(plan) || head.bringsJSON || head.first(.contentType) == nil, let held,
            let first = held.getBytes(at: held.readerIndex, length: min(held.readableBytes, 4)), first.count > 1
        else { return false }
        if first.starts(with: [0xfe, 0xff]) || first.starts(with: [0xff, 0xfe]) || first == [0, 0, 0xfe, 0xff] { return true }
        // a brace or a blank of ASCII, and nothing but zeros beside it
        let isText = { (byte: UInt8) in byte == 0x7b || byte == 0x20 || (0x09...0x0d).contains(byte) }
        let wide = first.starts(with: [0, 0, 0]) && first.count == 4 ? first[3] : first[0] == 0 ? first[1] : first[0]
        return isText(wide) && (first[0] == 0 || first[1] == 0)
    }

    /// The exchange has ended: what was taken and is not used comes back.
    func settleCharge() {
        guard let charge else { return }
        self.charge = nil
        // a client that leaves while its agent works has had the prompt read
        charge.settle(wasSent: charge.isDeserted && attempts > 0 && requestEnded)
    }
}

extension Failure {
    fileprivate static var wideText: Failure {
        Failure(
            .badRequest, "the body is no UTF-8, and limits by model have to read it",
            hint: "send JSON in UTF-8 (RFC 8259 8.1)", status: 400)
    }
}

extension PromptScanner {
    /// The model that the body names; nil where it names none.
    fileprivate var named: String? {
        guard case .string(let value, _) = model, !value.isEmpty else { return nil }
        return String(decoding: value, as: UTF8.self)
    }
}
