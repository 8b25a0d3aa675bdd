import Glibc

/// Memory in places of few sizes, for all threads together: spans, aligned to their length, each cut into places of one
/// size. The heap will not do for bodies: it has an arena for each thread, and what all threads fill and empty leaves
/// every arena with holes of its own.
///
/// An empty span gives its pages back to the system and may be cut into another size, so what is lost is half a span for
/// each size. Used under a lock.
struct SpanPool: @unchecked Sendable {
    private struct Header {
        var next: UnsafeMutablePointer<Header>?
        var previous: UnsafeMutablePointer<Header>?
        /// Offset of the first place that was given back; each holds the next one's. 0: none.
        var free: Int32
        /// Offset of the first place that was never used.
        var fresh: Int32
        var used: Int32
        /// Number of places.
        var count: Int32
    }

    /// Bytes before the first place. Places are multiples of 32, so that nothing here stands where a mapping's bytes do.
    static let header = 64
    private static let step = 32
    /// Address space that is taken at a time, and empty spans that keep their pages.
    private static let region = 4 << 20
    private static let mostWarm = 4

    /// Bytes of a span.
    let length: Int
    /// Spans with room, by the number of their places.
    private var open: [UnsafeMutablePointer<Header>?]
    private var warm: [UnsafeMutableRawPointer] = []
    private var cold: [UnsafeMutableRawPointer] = []

    init(length: Int, mostPlaces: Int) {
        self.length = length
        open = Array(repeating: nil, count: mostPlaces + 1)
    }

    /// Into how many places a span is cut for so many bytes: `digits` leading binary digits, so that sizes are few.
    static func places(_ length: Int, for count: Int, digits: Int) -> Int {
        let most = (length - header) / ((count + step - 1) & ~(step - 1))
        return most & ~((1 << max(0, Int.bitWidth - most.leadingZeroBitCount - digits)) - 1)
    }

    /// Bytes of each of so many places.
    static func room(_ length: Int, places: Int) -> Int { ((length - header) / places) & ~(step - 1) }

    /// Nil only where there is no memory.
    mutating func take(places: Int) -> UnsafeMutableRawPointer? {
        guard let span = open[places] ?? begin(places) else { return nil }
        let start = UnsafeMutableRawPointer(span)
        let place: UnsafeMutableRawPointer
        if span.pointee.free != 0 {
            place = start + Int(span.pointee.free)
            span.pointee.free = place.load(as: Int32.self)
        } else {
            place = start + Int(span.pointee.fresh)
            span.pointee.fresh += Int32(Self.room(length, places: places))
        }
        span.pointee.used += 1
        if span.pointee.used == span.pointee.count { close(span) }
        return place
    }

    mutating func give(_ place: UnsafeMutableRawPointer) {
        let offset = Int(bitPattern: place) & (length - 1)
        let start = place - offset
        let span = start.assumingMemoryBound(to: Header.self)
        place.storeBytes(of: span.pointee.free, as: Int32.self)
        span.pointee.free = Int32(offset)
        if span.pointee.used == span.pointee.count { list(span) }
        span.pointee.used -= 1
        guard span.pointee.used == 0 else { return }
        close(span)
        if warm.count < Self.mostWarm {
            warm.append(start)
        } else {
            madvise(start, length, MADV_DONTNEED)
            cold.append(start)
        }
    }

    private mutating func begin(_ places: Int) -> UnsafeMutablePointer<Header>? {
        if warm.isEmpty, cold.isEmpty { extend() }
        guard let start = warm.popLast() ?? cold.popLast() else { return nil }
        let span = start.bindMemory(to: Header.self, capacity: 1)
        span.initialize(
            to: Header(
                next: nil, previous: nil, free: 0, fresh: Int32(Self.header), used: 0, count: Int32(places)))
        list(span)
        return span
    }

    private mutating func list(_ span: UnsafeMutablePointer<Header>) {
        let places = Int(span.pointee.count)
        span.pointee.next = open[places]
        open[places]?.pointee.previous = span
        open[places] = span
    }

    private mutating func close(_ span: UnsafeMutablePointer<Header>) {
        span.pointee.next?.pointee.previous = span.pointee.previous
        if let previous = span.pointee.previous {
            previous.pointee.next = span.pointee.next
        } else {
            open[Int(span.pointee.count)] = span.pointee.next
        }
        span.pointee.next = nil
        span.pointee.previous = nil
    }

    private mutating func extend() {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let whole = mmap(nil, Self.region + length, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let whole, whole != MAP_FAILED else { return }
        // large pages would fill holes with memory
        madvise(whole, Self.region + length, MADV_NOHUGEPAGE)
        let start = whole + (length - Int(bitPattern: whole) & (length - 1)) % length
        for at in stride(from: 0, to: Self.region, by: length) { cold.append(start + at) }
    }
}
