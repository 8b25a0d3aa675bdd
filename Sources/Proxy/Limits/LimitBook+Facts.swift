internal import Access
internal import Settings
internal import Telemetry

/// What operators see of limits.
extension LimitBook {
    func totals(_ figures: LimitFigures) -> LimitTotals {
        var totals = LimitTotals()
        for limit in all.values.sorted(by: { $0.name < $1.name }) {
            let seen = limit.limiter.figures
            totals.gauges.append(
                LimitGauge(policy: limit.name, checked: seen.checked, refused: seen.refused, evicted: seen.evicted))
        }
        for limit in models?.all.sorted(by: { $0.name < $1.name }) ?? [] {
            guard let places = limit.places else { continue }
            totals.gauges.append(
                LimitGauge(policy: "\(limit.name):concurrent", checked: 0, refused: places.refused, running: places.inUse))
        }
        totals.isShared = all.values.contains { $0.isShared }
        totals.redisFailures = figures.redisFailures
        totals.countsTokens = models?.countsTokens ?? false
        totals.tokensSpent = figures.tokensSpent
        totals.tokensReserved = figures.tokensReserved
        return totals
    }

    /// `limits.status`.
    func status(_ process: ProcessState, top: Int) -> Node {
        let now = Loop.monotonic()
        let rates = all.values.sorted { $0.name < $1.name }.map { limit -> Node in
            let (keys, busiest) = limit.limiter.busiest(top, now: now)
            let seen = limit.limiter.figures
            return .object([
                ("policy", .string(limit.name)), ("rate", .string(limit.rate.spelling)),
                ("unit", .string(limit.isOfTokens ? "tokens" : "requests")), ("burst", .int(Int(limit.policy.burst))),
                ("key", .string(limit.key.spelling)), ("shared", .flag(limit.isShared)), ("checked", .int(seen.checked)),
                ("refused", .int(seen.refused)), ("keys", .int(keys)),
                (
                    "busiest",
                    .list(
                        busiest.map { key, verdict in
                            .object([
                                ("key", .string(key.spelling)), ("remaining", .int(Int(verdict.remaining))),
                                ("resetMs", .int(Int(verdict.reset / 1_000_000))),
                            ])
                        })
                ),
            ])
        }
        let places = (models?.all ?? []).sorted { $0.name < $1.name }.compactMap { limit in
            limit.places.map { places in
                Node.object([
                    ("policy", .string("\(limit.name):concurrent")), ("most", .int(places.most)),
                    ("running", .int(places.inUse)), ("refused", .int(places.refused)),
                ])
            }
        }
        var members: [(String, Node)] = [("rates", .list(rates)), ("concurrent", .list(places))]
        if models?.countsTokens == true {
            members.append(("tokensSpent", .int(process.limits.tokensSpent)))
            members.append(("tokensReserved", .int(process.limits.tokensReserved)))
        }
        if all.values.contains(where: { $0.isShared }) {
            members.append(("redis", .string(process.limitTrouble ?? "in use")))
            members.append(("redisFailures", .int(process.limits.redisFailures)))
        }
        return .object(members)
    }
}

/// The method `limits.status`.
enum LimitMethods {
    static let names: Set<String> = ["limits.status"]
    static let most = 1000

    static func answer(_ method: String, _ params: Node, _ process: ProcessState) throws(ControlFailure) -> Node {
        var reader = try Parameters(params, of: method)
        let top = try reader.count("top")
        try reader.end()
        return process.generation.limits.status(process, top: min(top ?? 10, most))
    }
}
