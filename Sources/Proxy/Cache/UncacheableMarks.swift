internal import Synchronization

/// Keys whose answers turned out not to be kept, so that nobody waits for them again. A table of fixed size: of two keys
/// that fall together the later one is remembered.
final class UncacheableMarks: Sendable {
    /// 32 bits of the key's hash, and until when it holds.
    private let table = AtomicTable(slots: 4096)

    /// - Parameter until: wall-clock milliseconds.
    func mark(_ hash: UInt64, until: Int64) {
        table[hash].store(Self.print(hash) | Self.tick(until), ordering: .relaxed)
    }

    func unmark(_ hash: UInt64) {
        let word = table[hash].load(ordering: .relaxed)
        if word & ~0xFFFF_FFFF == Self.print(hash) { table[hash].store(0, ordering: .relaxed) }
    }

    func isMarked(_ hash: UInt64, now: Int64) -> Bool {
        let word = table[hash].load(ordering: .relaxed)
        return word & ~0xFFFF_FFFF == Self.print(hash) && word & 0xFFFF_FFFF > Self.tick(now)
    }

    /// Tenths of seconds, of which 32 bits wrap in thirteen years: then some are forgotten.
    private static func tick(_ milliseconds: Int64) -> UInt64 { UInt64(bitPattern: milliseconds / 100) & 0xFFFF_FFFF }

    private static func print(_ hash: UInt64) -> UInt64 { hash & ~0xFFFF_FFFF }
}

/// Numbers that any thread reads and writes, found by a hash.
final class AtomicTable: @unchecked Sendable {
    private let memory: UnsafeMutablePointer<Atomic<UInt64>>
    private let slots: Int

    init(slots: Int) {
        self.slots = slots
        memory = .allocate(capacity: slots)
        for slot in 0..<slots { (memory + slot).initialize(to: Atomic(0)) }
    }

    deinit {
        memory.deinitialize(count: slots)
        memory.deallocate()
    }

    subscript(hash: UInt64) -> Atomic<UInt64> {
        _read { yield memory[Int(hash % UInt64(slots))] }
    }
}
