internal import Access
internal import NIOCore
internal import Settings
internal import Telemetry
internal import Wire

/// Who a request is from, where its rule wants to know.
extension Exchange {
    /// What it brings is looked at; a token that nobody has seen, and the service that decides, are waited for.
    func authenticate(_ plan: Plan) -> Admittance {
        guard let runtime, let client else { return .ended }
        let authenticator = runtime.authenticator
        let now = loop.wallMilliseconds
        let finding = authenticator.look(head, client, plan.auth, now: now)
        authenticator.hideKey(head, plan.auth)
        switch finding {
        case .known(let found):
            admit(found)
            return .passed
        case .unknown(let fault):
            refuse(fault, plan.auth)
            return .ended
        case .asks(let fault): return asks(authenticator, fault, plan.auth)
        case .token(let token):
            guard let jwt = authenticator.jwt else {
                refuse(.invalid(.jwt), plan.auth)
                return .ended
            }
            verify(token, jwt, authenticator, plan.auth)
            return .waits
        }
    }

    /// Before the body is read to see which rule takes it: whether none of them would let it in.
    func refusesStranger(_ kinds: AuthKinds) -> Bool {
        guard let runtime, let client else { return true }
        let finding = runtime.authenticator.look(head, client, kinds, now: loop.wallMilliseconds)
        guard case .unknown(let fault) = finding else { return false }
        refuse(fault, kinds)
        return true
    }

    private func admit(_ found: Credential) {
        credential = found
        loop.counters.auth.add(kind: found.kind.slot, result: AuthResult.admitted.rawValue)
    }

    private func refuse(_ fault: AuthFault, _ kinds: AuthKinds) {
        loop.counters.auth.add(kind: fault.kind.slot, result: fault.result.rawValue)
        fail(Failure.unauthorized(fault, kinds, keyHeader: runtime?.authenticator.settings.apiKeyHeader ?? ""))
    }

    // MARK: tokens

    private func verify(
        _ token: Authenticator.Unverified, _ jwt: JWTVerifier, _ authenticator: Authenticator, _ kinds: AuthKinds
    ) {
        let serial = suspendAdmission()
        let held = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let eventLoop = loop.eventLoop
        let otherwise = token.otherwise
        jwt.verify(token.bytes, token.digest, now: loop.wallMilliseconds, awaitsKeys: otherwise == nil) { result in
            eventLoop.execute {
                let exchange = held.value
                guard exchange.resumeAdmission(serial) else { return }
                switch result {
                case .success where otherwise != nil: exchange.refuse(.wrongKind(.jwt), kinds)
                case .failure where otherwise != nil: exchange.refuse(otherwise ?? .missing, kinds)
                case .success(let found):
                    exchange.admit(found)
                    exchange.goOnAdmitting()
                case .failure(let fault): exchange.settle(fault, authenticator, kinds)
                }
            }
        }
    }

    /// The token is no good: the service may say otherwise, where the rule takes its word.
    private func settle(_ fault: AuthFault, _ authenticator: Authenticator, _ kinds: AuthKinds) {
        switch authenticator.settle(fault, kinds) {
        case .asks:
            if case .passed = asks(authenticator, fault, kinds) { goOnAdmitting() }
        default: refuse(fault, kinds)
        }
    }

    // MARK: the service

    private func asks(_ authenticator: Authenticator, _ fault: AuthFault, _ kinds: AuthKinds) -> Admittance {
        guard let service = authenticator.forward,
            let question = service.question(
                head, address: addressText, scheme: client?.isSecure(head) == true ? "https" : "http")
        else {
            refuse(.unavailable(.forward, "no memory"), kinds)
            return .ended
        }
        let now = loop.wallMilliseconds
        if let known = service.known(question, now: now) { return take(known, fault, kinds) ? .passed : .ended }
        let serial = suspendAdmission()
        let held = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let eventLoop = loop.eventLoop
        service.ask(question, now: now) { answer in
            eventLoop.execute {
                let exchange = held.value
                guard exchange.resumeAdmission(serial) else { return }
                if exchange.take(answer, fault, kinds) { exchange.goOnAdmitting() }
            }
        }
        return .waits
    }

    /// Whether it passes; otherwise it has been answered.
    private func take(_ answer: ForwardAuth.Answer, _ before: AuthFault, _ kinds: AuthKinds) -> Bool {
        switch answer {
        case .passes(let found):
            admit(found)
            return true
        case .answered(let reply, let result):
            loop.counters.auth.add(kind: AuthKinds.forward.slot, result: result.rawValue)
            failure = result == .forbidden ? .forbidden : .unauthorized
            loop.counters.failed(kind: (result == .forbidden ? Failure.Kind.forbidden : .unauthorized).index)
            self.reply(reply)
            return false
        case .fault(let fault):
            refuse(fault.over(before), kinds)
            return false
        }
    }
}
