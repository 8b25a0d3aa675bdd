internal import Access
internal import Settings
internal import Wire

/// Limits of requests, as one walks by them.
extension Exchange {
    /// Whose address counts: of who sent the request.
    var limitedAddress: [UInt8] { address }

    /// Whom a limit counts this request for.
    private func rateKey(_ limit: RateLimit) -> RateKey {
        switch limit.key {
        case .global: return .everybody
        case .address: break
        case .token: if let credential { return RateKey(name: credential.name) }
        case .tenant: if let credential { return RateKey(name: credential.tenant) }
        case .header:
            if let value = limit.field.withUnsafeBytes({ head.first(named: $0) }), !value.isEmpty {
                return RateKey(name: value)
            }
        }
        return RateKey(address: limitedAddress)
    }

    /// Asks every limit; what the first ones gave comes back where a later one refuses.
    func asks(_ limits: [RateLimit], from start: Int = 0) -> Admittance {
        var at = start
        while at < limits.count {
            let limit = limits[at]
            let verdict = limit.limiter.ask(rateKey(limit), now: loop.now)
            guard verdict.isAdmitted else {
                for given in limits[..<at] { given.limiter.charge(rateKey(given), cost: -1, now: loop.now) }
                refuse(limit, verdict)
                return .ended
            }
            tell(limit, verdict)
            at += 1
        }
        return .passed
    }

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
        var failure = Failure(
            .rateLimited, "the limit '\(limit.name)' of \(limit.rate.spelling) for \(whose) is reached",
            hint: "retry after \(verdict.retryAfter) s")
        failure.retryAfter = verdict.retryAfter
        return failure
    }
}
