internal import Wire

/// Semantic rules are looked for last, and only where one could still win: then every one that fits and ranks before
/// the best other is told, since the text alone decides between them.
extension Search {
    enum Step { case more, enough, outOfMemory }

    /// Calls `found` with the place of each semantic candidate, in no order, until it has enough. False where memory
    /// ran out.
    mutating func meanings(_ head: RequestHead, _ found: (_ rank: Int32) -> Step) -> Bool {
        var group = tables.pointee.meanings.deepest(head.path, seed: tables.pointee.seed)
        while group >= 0, tables.pointee.groups[Int(group)].bestOfChain < best {
            switch meanings(of: group, head, found) {
            case .more: group = tables.pointee.groups[Int(group)].shorter
            case .enough: return true
            case .outOfMemory: return false
            }
        }
        return true
    }

    private mutating func meanings(of group: Int32, _ head: RequestHead, _ found: (Int32) -> Step) -> Step {
        let known = tables.pointee.groups[Int(group)]
        guard known.best < best else { return .more }
        var step = each(known.open, head, found)
        guard known.hasHosts, step == .more else { return step }
        let hosts = hostNames(head)
        if hosts.exact >= 0 { step = each(tables.pointee.hostSpans.find(group, hosts.exact), head, found) }
        var wildcard = hosts.wildcard
        while wildcard >= 0, step == .more {
            step = each(tables.pointee.hostSpans.find(group, wildcard), head, found)
            wildcard = tables.pointee.hosts.wider[Int(wildcard)]
        }
        return step
    }

    private func each(_ span: Group.Span, _ head: RequestHead, _ found: (Int32) -> Step) -> Step {
        for at in Int(span.start)..<Int(span.start &+ span.count) {
            let rank = tables.pointee.ranks[at]
            guard rank < best else { return .more }
            switch fits(tables.pointee.candidates[Int(rank)], head) {
            case .holds:
                let step = found(rank)
                if step != .more { return step }
            case .fails: continue
            case .outOfMemory: return .outOfMemory
            }
        }
        return .more
    }
}
