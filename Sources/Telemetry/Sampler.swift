/// Thins out lines that repeat: of those with one key in one second the first `initial`, then every `thereafter`-th.
///
/// A value with a table of fixed size; time comes in as an argument. Two keys that fall on one place take it from each
/// other and start anew: more lines may be written then, never fewer.
package struct Sampler: Sendable {
    private static let places = 1024

    private struct Place {
        var key: UInt64 = 0
        var second = Int64.min
        var count: UInt64 = 0
    }

    private let isEnabled: Bool
    private let initial: UInt64
    private let thereafter: UInt64
    private var table: [Place]

    /// - Parameter shares: how many samplers (loops) see parts of one traffic; `initial` is shared out among them, at
    ///   least one line each.
    package init(_ settings: SamplingSettings, shares: Int = 1) {
        isEnabled = settings.enabled
        let all = UInt64(max(settings.initial, 0))
        initial = all == 0 ? 0 : max(all / UInt64(max(shares, 1)), 1)
        thereafter = UInt64(max(settings.thereafter, 0))
        table = settings.enabled ? Array(repeating: Place(), count: Self.places) : []
    }

    /// Whether a line is written.
    package mutating func admits(key: UInt64, second: Int64) -> Bool {
        guard isEnabled else { return true }
        let index = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 54)
        if table[index].key != key || table[index].second != second {
            table[index] = Place(key: key, second: second, count: 0)
        }
        table[index].count &+= 1
        let count = table[index].count
        if count <= initial { return true }
        return thereafter > 0 && (count - initial) % thereafter == 0
    }

    /// The key of an access line: its route and class of status, so that a flood of 200s hides no 503.
    package static func key(route: Int, status: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: route) &* 8 &+ UInt64(StatusClass(status: status).rawValue)
    }

    /// The key of a message: a hash of its level and text (FNV-1a, 64 bits).
    package static func key(level: LogLevel, message: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(level.rank)
        for byte in message.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
