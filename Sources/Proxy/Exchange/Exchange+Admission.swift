internal import Access
internal import Routing
internal import Wire

/// What a request is asked before it may pass, in this order.
enum AdmissionStep: Int {
    static let first = AdmissionStep.edge

    /// Whether its address may ask here, and its page; what browsers are told.
    case edge
    /// Whether it can be served at all: its form, and whether there is room for it.
    case acceptance
    /// Limits of requests that need not know who sends them.
    case rates
    /// Who it is from.
    case identity
    /// Those that must.
    case ratesOfIdentity
    /// Nothing more is asked.
    case passed

    var next: AdmissionStep { AdmissionStep(rawValue: rawValue + 1) ?? .passed }
}

/// What one of them comes to.
enum Admittance {
    case passed
    /// It has been answered.
    case ended
    /// Somebody is asked; `resumeAdmission` goes on.
    case waits
}

/// Authentication and limits, before a byte of the body is waited for.
extension Exchange {
    /// The plan is known: `entered` follows where the request may pass, at once or later.
    func enter(_ plan: Plan) {
        admission = .first
        proceed(plan)
    }

    private func proceed(_ plan: Plan) {
        while admission != .passed {
            let step = admission
            admission = step.next
            switch admit(plan, step) {
            case .passed: continue
            case .ended, .waits: return
            }
        }
        entered(plan)
    }

    private func admit(_ plan: Plan, _ step: AdmissionStep) -> Admittance {
        switch step {
        case .edge: plan.edge.map { passesEdge($0, plan) } ?? true ? .passed : .ended
        case .acceptance: accept(plan) ? .passed : .ended
        case .rates: plan.limits.map { asks($0.left(after: limitAsked), after: $0.asked(before: limitAsked)) } ?? .passed
        case .ratesOfIdentity: plan.limits.map { asks($0.ofSomebody[...], after: $0.ofAnybody[...]) } ?? .passed
        case .identity: plan.requiresAuth ? authenticate(plan) : .passed
        case .passed: .passed
        }
    }

    /// Before somebody else is asked whether it may pass: no more of the body is read. The serial tells this request
    /// from another one that the exchange may be when the answer comes.
    func suspendAdmission() -> UInt64 {
        isAdmitting = true
        downstream?.wantRequestBody(false)
        return serial
    }

    /// The answer has come. False: nobody waits for it any more, and nothing of the exchange may be touched. Who gets
    /// true calls `fail` or `goOnAdmitting`.
    func resumeAdmission(_ serial: UInt64) -> Bool {
        loop.touch()
        guard self.serial == serial, isAdmitting, !isEnded else { return false }
        isAdmitting = false
        return true
    }

    func goOnAdmitting() {
        guard let plan else { return }
        downstream?.wantRequestBody(true)
        proceed(plan)
    }

    private func accept(_ plan: Plan) -> Bool {
        if head.hasEncodedDelimiter, !plan.keepsEncodedDelimiters {
            fail(Failure.encodedPath(plan))
            return false
        }
        if plan.local == nil, isTurnedAway() { return false }
        if loop.shedding != .normal, isShed(plan) { return false }
        // some of it may have been read to find the rule
        if max(bytesIn, head.framing.knownLength ?? 0) > plan.bodyLimit {
            fail(Failure(WireFailure.bodyTooLarge))
            return false
        }
        if head.asksUpgrade, let name = plan.upgrade(asked: head) {
            isUpgrade = true
            upgradeName = name
        } else if head.asksUpgrade, client?.speaksHTTP2 == true {
            // there is no request left once the protocol is not followed (RFC 8441 4)
            fail(Failure.protocolRefused(plan))
            return false
        }
        return true
    }

    /// True: there are too many, and this one has been told so.
    func isTurnedAway() -> Bool {
        guard loop.process.isOverloaded else { return false }
        fail(
            Failure(
                .overloaded, "performance.maxConcurrentRequests (\(loop.process.maxConcurrentRequests)) is reached",
                hint: "retry after a second; raise the limit or add a replica if this lasts"))
        return true
    }
}
