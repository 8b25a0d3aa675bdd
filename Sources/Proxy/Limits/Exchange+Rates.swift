internal import Access
internal import Settings
internal import Wire

/// Limits of requests, as one walks by them.
extension Exchange {
    /// Whose address counts: of who sent the request.
    var limitedAddress: [UInt8] { address }

    /// What a limit counts this request by, where it has that; nil: its address.
    private func withName<Answer>(_ limit: RateLimit, _ body: (UnsafeRawBufferPointer?) -> Answer) -> Answer {
        switch limit.key {
        case .global, .address: return body(nil)
        case .token, .tenant:
            guard let credential else { return body(nil) }
            var name = limit.key == .token ? credential.bearer : credential.tenant
            return name.withUTF8 { body(UnsafeRawBufferPointer($0)) }
        case .header:
            let value = limit.field.withUnsafeBytes { head.first(named: $0) }
            return body(value?.isEmpty == false ? value : nil)
        }
    }

    private func rateKey(_ limit: RateLimit) -> RateKey {
        if limit.key == .global { return .everybody }
        return withName(limit) { $0.map { RateKey(name: $0) } ?? RateKey(address: limitedAddress) }
    }

    /// What the key is called in Redis, the same in every replica: names by a digest, so that none is too long or tells.
    private func sharedName(_ limit: RateLimit) -> [UInt8] {
        if limit.key == .global { return limit.prefix }
        return withName(limit) { name in
            if let name { return limit.prefix + Array("n:".utf8) + (SHA256Digest(of: name)?.hex.utf8.prefix(32) ?? "-".utf8.prefix(1)) }
            let address = limitedAddress
            let network = address.count == 16 ? Array(address[0..<8]) : address
            return limit.prefix + Array("a:".utf8) + network.flatMap { byte in [byte >> 4, byte & 15] }.map {
                $0 < 10 ? 0x30 + $0 : 0x57 + $0
            }
        }
    }

    /// Asks every limit; what the first ones gave comes back where a later one refuses.
    ///
    /// - Parameters:
    ///   - before: those that have let it pass already; the same holds for them.
    ///   - onward: what follows where somebody else had to be asked; nil: the steps of admission.
    func asks(
        _ limits: ArraySlice<RateLimit>, after before: ArraySlice<RateLimit> = [], _ onward: (() -> Void)? = nil
    ) -> Admittance {
        if limits.isEmpty { return .passed }
        for limit in limits where limit.isShared { return asksReplicas(limits, before, onward) }
        for (at, limit) in zip(limits.indices, limits) {
            let verdict = limit.limiter.ask(rateKey(limit), now: loop.now)
            guard verdict.isAdmitted else {
                giveBack(limits[..<at])
                giveBack(before)
                refuse(limit, verdict)
                return .ended
            }
            tell(limit, verdict)
        }
        return .passed
    }

    private func giveBack(_ limits: ArraySlice<RateLimit>) {
        for limit in limits {
            let name = limit.isShared ? sharedName(limit) : nil
            loop.charge(limit, rateKey(limit), name, cost: -1)
        }
    }

    private func asksReplicas(
        _ limits: ArraySlice<RateLimit>, _ before: ArraySlice<RateLimit>, _ onward: (() -> Void)?
    ) -> Admittance {
        let gates = limits.map { LimitGate(.rate($0, rateKey($0), cost: 1)) }
        let names = Dictionary(
            limits.filter(\.isShared).map { ($0.name, sharedName($0)) }, uniquingKeysWith: { one, _ in one })
        let passage = LimitPassage(gates) { limit in names[limit.name] }
        let then = { [self] (outcome: LimitPassage.Outcome) in
            guard concluded(outcome, passage, before) else { return }
            if let onward { onward() } else { goOnAdmitting() }
        }
        switch pass(passage, then: then) {
        case nil: return .waits
        case let outcome?: return concluded(outcome, passage, before) ? .passed : .ended
        }
    }

    /// False: it has been refused.
    private func concluded(
        _ outcome: LimitPassage.Outcome, _ passage: LimitPassage, _ before: ArraySlice<RateLimit>
    ) -> Bool {
        guard case .refused(let gate, let verdict) = outcome else { return true }
        giveBack(before)
        loop.giveBack(passage.given) { limit, _ in passage.name(limit) }
        if case .rate(let limit, _, _) = gate.kind, let verdict { refuse(limit, verdict) }
        return false
    }

    // MARK: what is asked of several

    /// Through all gates in turn. Nil: somebody is asked, and `then` is called on the loop, if this is still the same
    /// request and nobody has ended it.
    func pass(_ passage: LimitPassage, then: @escaping (LimitPassage.Outcome) -> Void) -> LimitPassage.Outcome? {
        while let gate = passage.next {
            if case .rate(let limit, let key, let cost) = gate.kind, limit.isShared {
                var isNow = true
                var answered: LimitAnswer?
                let serial = suspendAdmission()
                loop.takeShared(limit, key, passage.name(limit) ?? limit.prefix, cost: cost) { [self] answer in
                    if isNow {
                        answered = answer
                        return
                    }
                    guard resumeAdmission(serial) else {
                        // nobody waits any more
                        if case .taken = answer { passage.took() }
                        loop.giveBack(passage.given) { limit, _ in passage.name(limit) }
                        return
                    }
                    downstream?.wantRequestBody(true)
                    if let refusal = took(answer, gate, passage) { return then(refusal) }
                    if let outcome = pass(passage, then: then) { then(outcome) }
                }
                isNow = false
                guard let answered else { return nil }
                guard resumeAdmission(serial) else { return nil }
                downstream?.wantRequestBody(true)
                if let refusal = took(answered, gate, passage) { return refusal }
            } else if let refusal = took(loop.take(gate), gate, passage) {
                return refusal
            }
        }
        return .passed
    }

    private func took(_ answer: LimitAnswer, _ gate: LimitGate, _ passage: LimitPassage) -> LimitPassage.Outcome? {
        switch answer {
        case .refused(let verdict): return .refused(gate, verdict)
        case .taken(let verdict):
            passage.took()
            if let verdict, case .rate(let limit, _, _) = gate.kind { tell(limit, verdict) }
            return nil
        }
    }

    // MARK: what clients are told

    func refuse(_ limit: RateLimit, _ verdict: RateVerdict) {
        tell(limit, verdict)
        fail(Failure.rateLimited(limit, verdict))
    }

    /// What is left goes into the answer, whoever gives it.
    func tell(_ limit: RateLimit, _ verdict: RateVerdict) {
        guard limit.isTold else { return }
        added += "RateLimit-Policy: ".utf8
        added += limit.policyMember
        added += "\r\nRateLimit: ".utf8
        RateFields.append(limit.quotedName, verdict, to: &added)
        added += "\r\n".utf8
    }
}

/// Several gates, and how far a request has come.
final class LimitPassage {
    enum Outcome {
        case passed
        case refused(LimitGate, RateVerdict?)
    }

    let gates: [LimitGate]
    private(set) var at = 0
    /// What a limit's key is called in Redis.
    let name: (RateLimit) -> [UInt8]?

    init(_ gates: [LimitGate], _ name: @escaping (RateLimit) -> [UInt8]?) {
        self.gates = gates
        self.name = name
    }

    var next: LimitGate? { at < gates.count ? gates[at] : nil }
    func took() { at += 1 }
    /// Those that gave what was asked.
    var given: ArraySlice<LimitGate> { gates[..<at] }
}

extension Failure {
    static func rateLimited(_ limit: RateLimit, _ verdict: RateVerdict) -> Failure {
        let whose =
            switch limit.key {
            case .global: "all requests together"
            case .address: "this address"
            case .token: "this token"
            case .tenant: "this tenant"
            case .header(let name): "this \(name)"
            }
        let rate = limit.isOfTokens ? "\(limit.rate.count) tokens a minute" : "\(limit.rate.spelling)"
        var failure = Failure(
            .rateLimited, "the limit '\(limit.name)' of \(rate) for \(whose) is reached",
            hint: "retry after \(verdict.retryAfter) s")
        failure.retryAfter = verdict.retryAfter
        return failure
    }

    /// - Parameter name: of the limit.
    static func tooManyAtOnce(_ name: String, _ most: Int) -> Failure {
        var failure = Failure(
            .rateLimited, "the limit '\(name)' of \(most) requests at once is reached",
            hint: "retry when one of them has ended, or raise concurrentRequests")
        failure.retryAfter = 1
        return failure
    }
}
