package import Settings

/// Networks, ready for asking whether an address lies in one of them: ranges without overlaps, in order, of which one is
/// found by halving. Ten thousand networks cost fourteen comparisons.
package struct AddressSet: Sendable, Equatable {
    private struct Six: Equatable, Comparable {
        var high, low: UInt64
        static func < (a: Six, b: Six) -> Bool { a.high == b.high ? a.low < b.low : a.high < b.high }
    }

    private var fourStarts: [UInt32] = []
    private var fourEnds: [UInt32] = []
    private var sixStarts: [Six] = []
    private var sixEnds: [Six] = []

    package init() {}

    package init(_ networks: some Sequence<CIDR>) {
        var fours: [(UInt32, UInt32)] = []
        var sixes: [(Six, Six)] = []
        for network in networks {
            guard let first = ClientAddress(bytes: network.bytes) else { continue }
            if network.bytes.count == 4 {
                let start = UInt32(truncatingIfNeeded: first.low)
                fours.append((start, start | Self.hostBits(32 - network.prefix)))
                continue
            }
            let bits = 128 - network.prefix
            if first.isFour {
                // of IPv4-mapped addresses: those are IPv4 here
                let start = UInt32(truncatingIfNeeded: first.low)
                fours.append((start, start | Self.hostBits(min(bits, 32))))
                continue
            }
            let start = Six(high: first.high, low: first.low)
            let end = Six(
                high: start.high | Self.longHostBits(bits - 64), low: start.low | Self.longHostBits(min(bits, 64)))
            sixes.append((start, end))
            // a network around all of them (`::/0`) is not meant to hold every IPv4 address: `0.0.0.0/0` is
        }
        for (start, end) in fours.sorted(by: { $0 < $1 }) {
            if let last = fourEnds.last, start <= last || start - 1 == last {
                fourEnds[fourEnds.count - 1] = max(last, end)
            } else {
                fourStarts.append(start)
                fourEnds.append(end)
            }
        }
        for (start, end) in sixes.sorted(by: { $0.0 < $1.0 || ($0.0 == $1.0 && $0.1 < $1.1) }) {
            if let last = sixEnds.last, start <= last {
                sixEnds[sixEnds.count - 1] = max(last, end)
            } else {
                sixStarts.append(start)
                sixEnds.append(end)
            }
        }
    }

    package var isEmpty: Bool { fourStarts.isEmpty && sixStarts.isEmpty }

    package func contains(_ address: ClientAddress) -> Bool {
        if address.isFour {
            let wanted = UInt32(truncatingIfNeeded: address.low)
            let at = Self.last(fourStarts, notAbove: wanted)
            return at >= 0 && wanted <= fourEnds[at]
        }
        let wanted = Six(high: address.high, low: address.low)
        let at = Self.last(sixStarts, notAbove: wanted)
        return at >= 0 && wanted <= sixEnds[at]
    }

    /// - Parameter bytes: 4 or 16; anything else is no address, and in no network.
    package func contains(_ bytes: [UInt8]) -> Bool {
        if isEmpty { return false }
        return ClientAddress(bytes: bytes).map(contains) ?? false
    }

    /// Index of the last start that is not above a number; -1 where there is none.
    private static func last<Number: Comparable>(_ starts: [Number], notAbove wanted: Number) -> Int {
        starts.withUnsafeBufferPointer { starts in
            var low = 0
            var high = starts.count
            while low < high {
                let middle = (low &+ high) &>> 1
                if starts[middle] <= wanted { low = middle &+ 1 } else { high = middle }
            }
            return low &- 1
        }
    }

    private static func hostBits(_ count: Int) -> UInt32 { count >= 32 ? .max : (1 << UInt32(max(count, 0))) - 1 }
    private static func longHostBits(_ count: Int) -> UInt64 {
        count >= 64 ? .max : count <= 0 ? 0 : (1 << UInt64(count)) - 1
    }
}
