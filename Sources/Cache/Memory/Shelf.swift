/// Entries in the order in which they leave: the bookkeeping of a bounded store, without what it stores. A value of one
/// owner, who locks; places stay the same while an entry is there.
///
/// S3-FIFO: newcomers stand in a small queue, a tenth of the room. Who was asked for twice there moves on to the main queue,
/// others leave and are remembered as ghosts, in nine tenths of the number of entries; who returns while remembered goes to
/// the main queue at once. In the main queue whoever was asked for goes round again, once for each time, at most three.
package struct Shelf<Value: Sendable>: Sendable {
    struct Entry {
        /// Nil in a place that is free.
        var value: Value?
        var hash: UInt64
        var cost: Int
        /// Towards the tail of its queue; in a free place the next free one.
        var next: Int32
        var previous: Int32
        /// Times it was asked for since it stands where it stands, at most `mostUses`.
        var uses: UInt8
        var isMain: Bool
    }

    static var mostUses: UInt8 { 3 }
    /// Uses in the small queue that are worth a place in the main one.
    private static var promotion: UInt8 { 2 }

    package let policy: EvictionPolicy
    package private(set) var bounds: ShelfBounds
    private var entries: [Entry] = []
    private var small = ShelfQueue()
    private var main = ShelfQueue()
    private var index = PlaceIndex()
    private var ghosts = Ghosts()
    private var free: Int32 = -1
    /// The entries are where the tables are, so the bytes of both are bounded together.
    private let countsTables: Bool

    package init(_ bounds: ShelfBounds, _ policy: EvictionPolicy, countsTables: Bool = true) {
        self.bounds = bounds
        self.policy = policy
        self.countsTables = countsTables
    }

    package var count: Int { small.count + main.count }
    /// Costs of all entries, and the memory of the tables here where that counts.
    package var bytes: Int { small.bytes + main.bytes + tables }

    private var tables: Int {
        guard countsTables else { return 0 }
        return MemoryCost.array(entries.capacity, stride: MemoryLayout<Entry>.stride) + index.bytes + ghosts.bytes
    }

    // MARK: finding

    @inline(__always)
    package func place(of hash: UInt64, where isMeant: (Value) -> Bool) -> Int? {
        index.place(of: hash) { place in
            guard entries[place].hash == hash, let value = entries[place].value else { return false }
            return isMeant(value)
        }
    }

    /// Nil where the place is free.
    @inline(__always)
    package subscript(place: Int) -> Value? { entries[place].value }

    package var values: [Value] { entries.compactMap(\.value) }

    /// Somebody asked for it.
    @inline(__always)
    package mutating func use(_ place: Int) {
        switch policy {
        case .s3Fifo: if entries[place].uses < Self.mostUses { entries[place].uses &+= 1 }
        case .lru:
            guard main.head != Int32(place) else { return }
            unlink(place)
            link(place, isMain: true)
        }
    }

    // MARK: adding and removing

    /// Adds an entry, which is not there yet, and answers what had to leave for it; nil where there can be no room.
    package mutating func add(_ value: Value, hash: UInt64, cost: Int) -> [Value]? {
        guard canHold(cost) else { return nil }
        let isBack = policy == .s3Fifo && ghosts.raise(hash, among: ghostLimit)
        let gone = makeRoom(for: cost)
        let entry = Entry(value: value, hash: hash, cost: cost, next: -1, previous: -1, uses: 0, isMain: false)
        let place = put(entry)
        index.add(hash, place: place)
        link(place, isMain: isBack || policy == .lru)
        if policy == .s3Fifo { ghosts.fit(ghostLimit) }
        // the ghosts' memory may have grown just now
        return gone + trim()
    }

    package mutating func remove(_ place: Int) -> Value? {
        guard let value = entries[place].value else { return nil }
        unlink(place)
        index.remove(entries[place].hash, place: place)
        entries[place].value = nil
        entries[place].next = free
        free = Int32(place)
        return value
    }

    /// Whether there is room for such an entry once all others have left.
    package func canHold(_ cost: Int) -> Bool { bounds.entries > 0 && cost <= bounds.bytes - leastTables }

    /// Another value in the same place, which the shelf can hold; answers what had to leave.
    package mutating func replace(_ place: Int, _ value: Value, cost: Int) -> [Value] {
        let difference = cost - entries[place].cost
        entries[place].value = value
        entries[place].cost = cost
        if entries[place].isMain { main.bytes += difference } else { small.bytes += difference }
        return trim()
    }

    /// Answers what had to leave.
    package mutating func resize(_ bounds: ShelfBounds) -> [Value] {
        self.bounds = bounds
        return trim()
    }

    // MARK: leaving

    private var ghostLimit: Int { count - count / 10 }

    /// What the tables of one entry take.
    private var leastTables: Int {
        guard countsTables else { return 0 }
        return MemoryCost.array(8, stride: MemoryLayout<Entry>.stride) + MemoryCost.array(16, stride: 8) + 128
    }

    private mutating func makeRoom(for cost: Int) -> [Value] {
        var gone: [Value] = []
        while count > 0, count >= bounds.entries || bytes + cost + growth > bounds.bytes {
            if let value = evict() { gone.append(value) }
        }
        return gone
    }

    private mutating func trim() -> [Value] {
        var gone: [Value] = []
        while count > 0, count > bounds.entries || bytes > bounds.bytes {
            if let value = evict() { gone.append(value) }
        }
        return gone
    }

    /// Bytes that the tables grow by with the next entry.
    private var growth: Int {
        if free >= 0 || !countsTables { return 0 }
        return MemoryCost.array(max(8, entries.capacity), stride: MemoryLayout<Entry>.stride)
            + (index.isFull ? index.growth : 0)
    }

    /// One step: what left, or nil where an entry only moved.
    private mutating func evict() -> Value? {
        guard main.count == 0 || small.count > 0 && isSmallFull else { return evictMain() }
        let place = Int(small.tail)
        if entries[place].uses >= Self.promotion {
            unlink(place)
            entries[place].uses = 0
            link(place, isMain: true)
            return nil
        }
        ghosts.bury(entries[place].hash)
        return remove(place)
    }

    private mutating func evictMain() -> Value? {
        let place = Int(main.tail)
        guard policy == .s3Fifo, entries[place].uses > 0 else { return remove(place) }
        unlink(place)
        entries[place].uses -= 1
        link(place, isMain: true)
        return nil
    }

    /// A tenth of the room, in whichever of the two there is too little of.
    private var isSmallFull: Bool {
        if count >= bounds.entries { return small.count * 10 >= bounds.entries }
        return small.bytes * 10 >= bounds.bytes
    }

    // MARK: places and links

    private mutating func put(_ entry: Entry) -> Int {
        guard free >= 0 else {
            entries.append(entry)
            return entries.count - 1
        }
        let place = Int(free)
        free = entries[place].next
        entries[place] = entry
        return place
    }

    private mutating func link(_ place: Int, isMain: Bool) {
        entries[place].isMain = isMain
        let head = isMain ? main.head : small.head
        entries[place].previous = -1
        entries[place].next = head
        if head >= 0 { entries[Int(head)].previous = Int32(place) }
        if isMain {
            main.took(Int32(place), entries[place].cost)
        } else {
            small.took(Int32(place), entries[place].cost)
        }
    }

    private mutating func unlink(_ place: Int) {
        let entry = (next: entries[place].next, previous: entries[place].previous, cost: entries[place].cost)
        if entry.next >= 0 { entries[Int(entry.next)].previous = entry.previous }
        if entry.previous >= 0 { entries[Int(entry.previous)].next = entry.next }
        if entries[place].isMain {
            main.lost(next: entry.next, previous: entry.previous, entry.cost)
        } else {
            small.lost(next: entry.next, previous: entry.previous, entry.cost)
        }
    }
}
