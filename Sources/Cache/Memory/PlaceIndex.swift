/// Where on a shelf the entry of a hash stands: an open table of 8 bytes a slot, probed one by one. It knows 32 bits of a
/// hash, so who asks compares what stands at the place.
struct PlaceIndex: Sendable {
    /// The low half of the hash above, the place and one below; 0 is an empty slot.
    private var slots: [UInt64]
    private(set) var count = 0

    init() { slots = [UInt64](repeating: 0, count: 16) }

    var bytes: Int { MemoryCost.array(slots.count, stride: 8) }
    /// The next entry makes it twice as large.
    var isFull: Bool { count * 4 >= slots.count * 3 }
    /// Bytes that growing adds.
    var growth: Int { MemoryCost.array(slots.count * 2, stride: 8) - bytes }

    /// The first place of this hash that is the one meant.
    @inline(__always)
    func place(of hash: UInt64, where isMeant: (Int) -> Bool) -> Int? {
        let mask = slots.count &- 1
        var at = Int(truncatingIfNeeded: hash) & mask
        while slots[at] != 0 {
            if UInt32(truncatingIfNeeded: slots[at] >> 32) == UInt32(truncatingIfNeeded: hash) {
                let place = Int(UInt32(truncatingIfNeeded: slots[at])) &- 1
                if isMeant(place) { return place }
            }
            at = (at &+ 1) & mask
        }
        return nil
    }

    mutating func add(_ hash: UInt64, place: Int) {
        if isFull { grow() }
        put(hash << 32 | UInt64(UInt32(truncatingIfNeeded: place &+ 1)))
        count += 1
    }

    mutating func remove(_ hash: UInt64, place: Int) {
        let mask = slots.count &- 1
        let wanted = hash << 32 | UInt64(UInt32(truncatingIfNeeded: place &+ 1))
        var hole = Int(truncatingIfNeeded: hash) & mask
        while slots[hole] != wanted {
            if slots[hole] == 0 { return }
            hole = (hole &+ 1) & mask
        }
        // what follows without a gap moves up, unless it would come before the slot where its search begins
        var next = (hole &+ 1) & mask
        while slots[next] != 0 {
            let home = Int(truncatingIfNeeded: slots[next] >> 32) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        slots[hole] = 0
        count -= 1
    }

    private mutating func put(_ slot: UInt64) {
        let mask = slots.count &- 1
        var at = Int(truncatingIfNeeded: slot >> 32) & mask
        while slots[at] != 0 { at = (at &+ 1) & mask }
        slots[at] = slot
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: old.count * 2)
        for slot in old where slot != 0 { put(slot) }
    }
}
