/// The candidates of one pattern. Candidates are named by their place in the order of winning.
struct Group {
    /// The best of this group.
    var best: Int32
    /// The best of this group and of all shorter prefixes that take what it takes.
    var bestOfChain: Int32
    /// For a prefix: the next shorter one that takes what this one takes, or -1.
    var shorter: Int32
    /// Those without a host, in `Tables.ranks`.
    var open: Span
    /// Whether there are others, by host.
    var hasHosts: Bool

    /// A run of `Tables.ranks`, best first.
    struct Span {
        var start: Int32
        var count: Int32
        static let none = Span(start: 0, count: 0)
    }
}

/// Finds the candidates that one group has for one host: open addressing, at most half full. Plain memory, freed by its
/// owner.
struct HostSpans {
    private struct Slot {
        /// -1 for an empty slot.
        var group: Int32
        var host: Int32
        var span: Group.Span
    }

    private let slots: UnsafeMutablePointer<Slot>
    private let mask: Int

    init(_ spans: [(group: Int32, host: Int32, span: Group.Span)]) {
        var capacity = 8
        while capacity < spans.count * 2 { capacity *= 2 }
        mask = capacity - 1
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot(group: -1, host: -1, span: .none), count: capacity)
        for (group, host, span) in spans {
            var at = Self.hash(group, host) & mask
            while slots[at].group >= 0 { at = (at + 1) & mask }
            slots[at] = Slot(group: group, host: host, span: span)
        }
    }

    func free() { slots.deallocate() }

    func find(_ group: Int32, _ host: Int32) -> Group.Span {
        var at = Self.hash(group, host) & mask
        while slots[at].group >= 0 {
            if slots[at].group == group, slots[at].host == host { return slots[at].span }
            at = (at &+ 1) & mask
        }
        return .none
    }

    private static func hash(_ group: Int32, _ host: Int32) -> Int {
        let key = UInt64(UInt32(bitPattern: group)) << 32 | UInt64(UInt32(bitPattern: host))
        return Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 29)
    }
}
