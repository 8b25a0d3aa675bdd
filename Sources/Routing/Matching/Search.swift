internal import Wire

/// One match under way: the best candidate so far.
struct Search {
    let tables: UnsafePointer<Tables>
    /// Place of the best candidate that fits; lower is better.
    private(set) var best = Int32.max
    private var hosts = HostNames.none
    private var hasHosts = false

    init(_ tables: UnsafePointer<Tables>) { self.tables = tables }

    /// Looks at exact paths and prefixes. False where memory ran out.
    @inline(__always)
    mutating func paths(_ path: UnsafeRawBufferPointer, _ head: RequestHead) -> Bool {
        guard let base = path.baseAddress, path.count > 0, path[0] == UInt8(ascii: "/") else { return true }
        let count = path.count
        let longest = max(tables.pointee.exact.longest, tables.pointee.prefixes.longest)
        var hash = PathHash(seed: tables.pointee.seed)
        var exact: Int32 = -1
        // Behind the last border that is a pattern's end, the shorter prefixes are known.
        var prefix = tables.pointee.prefixes.find(hash.state, base, 0)
        while hash.end < count, hash.end <= longest {
            let border = hash.end
            hash.advance(base, count)
            // A prefix never ends with a slash.
            if hash.end > border &+ 1 {
                let found = tables.pointee.prefixes.find(hash.state, base, hash.end)
                if found >= 0 { prefix = found }
            }
            if hash.end == count { exact = tables.pointee.exact.find(hash.state, base, count) }
        }
        if exact >= 0, !look(exact, head) { return false }
        while prefix >= 0, tables.pointee.groups[Int(prefix)].bestOfChain < best {
            guard look(prefix, head) else { return false }
            prefix = tables.pointee.groups[Int(prefix)].shorter
        }
        return true
    }

    /// Looks whether a group has a better candidate. False where memory ran out.
    mutating func look(_ group: Int32, _ head: RequestHead) -> Bool {
        let group = Int(group)
        guard tables.pointee.groups[group].best < best else { return true }
        if tables.pointee.groups[group].hasHosts, !lookByHost(Int32(truncatingIfNeeded: group), head) { return false }
        return look(tables.pointee.groups[group].open, head)
    }

    private mutating func lookByHost(_ group: Int32, _ head: RequestHead) -> Bool {
        let hosts = hostNames(head)
        if hosts.exact >= 0, !look(tables.pointee.hostSpans.find(group, hosts.exact), head) { return false }
        var wildcard = hosts.wildcard
        while wildcard >= 0 {
            guard look(tables.pointee.hostSpans.find(group, wildcard), head) else { return false }
            wildcard = tables.pointee.hosts.wider[Int(wildcard)]
        }
        return true
    }

    /// What the request's host is called in the rules; looked up once.
    mutating func hostNames(_ head: RequestHead) -> HostNames {
        if !hasHosts {
            hosts = tables.pointee.hosts.names(head.host)
            hasHosts = true
        }
        return hosts
    }

    /// Takes the first of the span that fits, if it is better than the best so far.
    private mutating func look(_ span: Group.Span, _ head: RequestHead) -> Bool {
        var at = Int(span.start)
        let end = at &+ Int(span.count)
        while at < end {
            let rank = tables.pointee.ranks[at]
            guard rank < best else { return true }
            switch fits(tables.pointee.candidates[Int(rank)], head) {
            case .holds:
                best = rank
                return true
            case .fails: at &+= 1
            case .outOfMemory: return false
            }
        }
        return true
    }

    @inline(__always)
    func fits(_ candidate: Candidate, _ head: RequestHead) -> Condition.Verdict {
        guard candidate.methods & Candidate.bit(head.method) != 0 else { return .fails }
        var at = Int(candidate.firstCondition)
        let end = at &+ Int(candidate.conditionCount)
        while at < end {
            let verdict = tables.pointee.conditions[at].verdict(head)
            if verdict != .holds { return verdict }
            at &+= 1
        }
        return .holds
    }
}
