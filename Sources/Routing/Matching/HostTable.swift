internal import Wire

/// What a request's host is called in the rules: one exact name, and the wildcards that cover it.
struct HostNames {
    /// Number of the name in the rules, or -1.
    var exact: Int32
    /// Number of the longest wildcard that covers it, or -1; the shorter ones follow by `HostTable.wider`.
    var wildcard: Int32
    static let none = HostNames(exact: -1, wildcard: -1)
}

/// Numbers the hosts that the rules name, `api.example.com` and `*.example.com`, and finds the numbers of a request's.
///
/// A wildcard covers every name below its own, any number of labels deep, and not that name itself. Ports, the case of
/// letters and a final dot do not count. Plain memory, freed by its owner.
struct HostTable {
    private struct Slot {
        var hash: UInt64
        /// -1 for an empty slot.
        var number: Int32
        var isWildcard: Bool
        var offset: UInt32
        var length: UInt32
    }

    /// No name of the DNS is longer (RFC 1035 2.3.4).
    private static let longestName = 255

    private let slots: UnsafeMutablePointer<Slot>
    private let mask: Int
    private let bytes: UnsafeMutablePointer<UInt8>
    /// By number: the next shorter wildcard that covers what this one covers, or -1.
    let wider: UnsafeMutablePointer<Int32>
    private let seed: UInt64

    /// `names` in lower case and without port, each once; their numbers are their places.
    init(_ names: [String], seed: UInt64) {
        self.seed = seed
        var capacity = 8
        while capacity < names.count * 2 { capacity *= 2 }
        mask = capacity - 1
        slots = .allocate(capacity: capacity)
        slots.initialize(
            repeating: Slot(hash: 0, number: -1, isWildcard: false, offset: 0, length: 0), count: capacity)
        bytes = .allocate(capacity: max(1, names.reduce(0) { $0 + $1.utf8.count }))
        wider = .allocate(capacity: max(1, names.count))
        wider.initialize(repeating: -1, count: max(1, names.count))
        var offset = 0
        for (number, name) in names.enumerated() {
            let isWildcard = name.hasPrefix("*.")
            let text = Array(isWildcard ? name.utf8.dropFirst(2) : name.utf8[...])
            var hash = seed
            for byte in text.reversed() { hash = Self.mix(hash, byte) }
            var at = Int(truncatingIfNeeded: hash) & mask
            while slots[at].number >= 0 { at = (at + 1) & mask }
            slots[at] = Slot(
                hash: hash, number: Int32(number), isWildcard: isWildcard, offset: UInt32(offset),
                length: UInt32(text.count))
            for byte in text {
                bytes[offset] = byte
                offset += 1
            }
        }
        for (number, name) in names.enumerated() where name.hasPrefix("*.") {
            var parent = String(name.dropFirst(2))
            wider[number] = parent.withUTF8 { self.names(UnsafeRawBufferPointer($0)).wildcard }
        }
    }

    func free() {
        slots.deallocate()
        bytes.deallocate()
        wider.deallocate()
    }

    /// The numbers of a host as it came, which may carry a port.
    func names(_ authority: UnsafeRawBufferPointer) -> HostNames {
        let host = Self.bare(authority)
        guard host.count > 0, host.count <= Self.longestName else { return .none }
        var found = HostNames.none
        var hash = seed
        var at = host.count
        // From the end: the hash at each dot is that of the labels behind it.
        while at > 0 {
            at &-= 1
            let byte = host[at]
            if byte == 0x2e, at > 0 {
                let behind = UnsafeRawBufferPointer(rebasing: host[(at &+ 1)...])
                let number = find(hash, behind, isWildcard: true)
                if number >= 0 { found.wildcard = number }
            }
            hash = Self.mix(hash, ByteClass.lower(byte))
        }
        found.exact = find(hash, host, isWildcard: false)
        return found
    }

    /// Without port and final dot.
    private static func bare(_ authority: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let host = Authority.host(authority)
        return host.last == 0x2e ? UnsafeRawBufferPointer(rebasing: host.dropLast()) : host
    }

    private func find(_ hash: UInt64, _ name: UnsafeRawBufferPointer, isWildcard: Bool) -> Int32 {
        var at = Int(truncatingIfNeeded: hash) & mask
        while slots[at].number >= 0 {
            let slot = slots[at]
            if slot.hash == hash, slot.isWildcard == isWildcard, Int(slot.length) == name.count,
                UnsafeRawBufferPointer(start: bytes + Int(slot.offset), count: name.count).isCaseless(name)
            {
                return slot.number
            }
            at = (at &+ 1) & mask
        }
        return -1
    }

    @inline(__always)
    private static func mix(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        let mixed = (hash ^ UInt64(byte)) &* 0x9e37_79b9_7f4a_7c15
        return mixed ^ (mixed >> 29)
    }
}
