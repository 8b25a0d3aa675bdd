internal import Settings

/// Which names are looked up for one that somebody wrote, and what comes of it: the search list of resolv.conf(5).
package struct Search: Sendable {
    package enum Action: Sendable, Equatable {
        /// Look it up, all kinds at once, and say `ended`.
        case look(DNSName)
        case found(Found)
        case failed(ResolveFailure)
    }

    package struct Found: Sendable, Equatable {
        package var records: [DNSRecord]
        package var additional: [DNSRecord]
        /// Seconds.
        package var ttl: UInt32
        /// Why records of another kind, which was asked for too, may be missing.
        package var missing: ResolveFailure?

        package init(
            _ records: [DNSRecord], additional: [DNSRecord] = [], ttl: UInt32, missing: ResolveFailure? = nil
        ) {
            self.records = records
            self.additional = additional
            self.ttl = ttl
            self.missing = missing
        }
    }

    /// As it was written.
    private let text: String
    private let what: String
    private var candidates: [DNSName]
    private var next = 0
    /// What was learnt of names that did not do, the gravest last.
    private var failure: ResolveFailure?
    private var leastNo: UInt32?

    /// Nil where it cannot be a name. `what` is looked for, in words.
    package init?(_ text: String, for what: String, _ configuration: ResolverConfiguration) {
        guard let name = DNSName(text) else { return nil }
        self.text = text
        self.what = what
        candidates = [name]
        guard text.utf8.last != UInt8(ascii: ".") else { return }
        let searched = configuration.search.compactMap(name.under)
        let isFirst = name.labels.count - 1 >= configuration.ndots
        candidates = (isFirst ? [name] + searched : searched + [name])
    }

    package mutating func started() -> Action { look() }

    /// The lookups of the name that `look` told have ended, all kinds of them.
    package mutating func ended(_ outcomes: [Lookup.Outcome]) -> Action {
        var found: Found?
        var worst: ResolveFailure?
        var isOver = false
        for outcome in outcomes {
            switch outcome {
            case .found(let records, let additional, let ttl):
                let least = min(found?.ttl ?? ttl, ttl)
                found = Found(
                    (found?.records ?? []) + records, additional: (found?.additional ?? []) + additional, ttl: least)
            case .noName(let server, let ttl):
                note(ttl)
                worst = graver(worst, ResolveFailure(.noName, "\(server) answered NXDOMAIN"))
            case .noRecords(let server, let ttl):
                note(ttl)
                worst = graver(worst, ResolveFailure(.noRecords, "\(server) knows none"))
            case .failed(let wereHeard, let troubles):
                isOver = isOver || !wereHeard
                worst = graver(worst, ResolveFailure(.servers, troubles.joined(separator: "; ")))
            }
        }
        if var found {
            found.missing = worst?.kind == .servers ? worst.map(told) : nil
            return .found(found)
        }
        failure = graver(failure, worst ?? ResolveFailure(.noRecords, "nobody was asked"))
        // who does not answer now will not answer for another domain either
        return isOver ? end() : look()
    }

    private mutating func look() -> Action {
        guard next < candidates.count else { return end() }
        defer { next += 1 }
        return .look(candidates[next])
    }

    private func end() -> Action {
        .failed(told(failure ?? ResolveFailure(.noName, "nobody was asked")))
    }

    /// The zone's word counts for each name; the least lasting for all.
    private mutating func note(_ ttl: UInt32?) {
        guard let ttl else { return }
        leastNo = min(leastNo ?? ttl, ttl)
    }

    /// Not to know is graver than to know that there is nothing, and that graver than that the name is not there.
    private func graver(_ one: ResolveFailure?, _ other: ResolveFailure) -> ResolveFailure {
        guard let one else { return other }
        let order: [ResolveFailure.Kind] = [.noName, .noRecords, .servers]
        return (order.firstIndex(of: other.kind) ?? 0) > (order.firstIndex(of: one.kind) ?? 0) ? other : one
    }

    private func told(_ failure: ResolveFailure) -> ResolveFailure {
        let name = Quoted.quote(text)
        let domains = candidates.count > 1 ? ", with the search domains too" : ""
        switch failure.kind {
        case .noName:
            return ResolveFailure(
                .noName, "\(name): there is no such name: DNS server \(failure.message)\(domains)", ttl: no)
        case .noRecords:
            return ResolveFailure(
                .noRecords, "\(name): the name has no \(what): DNS server \(failure.message)\(domains)", ttl: no)
        default:
            return ResolveFailure(failure.kind, "\(name): no DNS server gave an answer: \(failure.message)")
        }
    }

    private var no: Duration? { leastNo.map { .seconds(Int64($0)) } }
}
