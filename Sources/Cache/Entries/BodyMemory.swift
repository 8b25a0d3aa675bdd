import Glibc
@_spi(CustomByteBufferAllocator) import NIOCore
import Synchronization

/// The memory of bodies that are kept. Buffers grow to powers of two otherwise, a third too much on average, and answers
/// that come and go in all sizes leave a heap of several threads a quarter larger than what is in it. Hence spans of equal
/// places for most, and pages of their own for large bodies: the process has what is accounted, within some per cent.
enum BodyMemory {
    /// Where a body of a size stands.
    enum Kind: Equatable {
        /// In the heap, in memory of exactly its size.
        case heap
        /// In a span of 32 or 128 KiB, as one of so many places: eight sizes to a doubling, or four.
        case small(places: Int)
        case medium(places: Int)
        /// In pages of its own.
        case pages
    }

    private static let page = 4096
    /// Before the bytes that have pages of their own: how long the mapping is.
    private static let header = 16
    private static let smallSpan = 32 * 1024
    private static let mediumSpan = 128 * 1024

    private static let small = Mutex(SpanPool(length: smallSpan, mostPlaces: 64))
    private static let medium = Mutex(SpanPool(length: mediumSpan, mostPlaces: 32))

    static func kind(of count: Int) -> Kind {
        switch count {
        case ..<512: .heap
        case ...4064: .small(places: SpanPool.places(smallSpan, for: count, digits: 4))
        case ...32_736: .medium(places: SpanPool.places(mediumSpan, for: count, digits: 3))
        default: .pages
        }
    }

    /// Bytes that a buffer for a body of so many has.
    static func capacity(for count: Int) -> Int {
        switch kind(of: count) {
        case .heap: count
        case .small(let places): SpanPool.room(smallSpan, places: places)
        case .medium(let places): SpanPool.room(mediumSpan, places: places)
        case .pages: length(for: count) - header
        }
    }

    /// What that takes of memory.
    static func cost(of count: Int) -> Int {
        switch kind(of: count) {
        case .heap: MemoryCost.block(count)
        case .small(let places): smallSpan / places
        case .medium(let places): mediumSpan / places
        case .pages: length(for: count)
        }
    }

    /// A copy of these bytes; nil only where there is no memory.
    static func copy(_ bytes: UnsafeRawBufferPointer) -> ByteBuffer? {
        guard let from = bytes.baseAddress, bytes.count > 0 else { return ByteBuffer() }
        let (memory, allocator) = take(bytes.count)
        guard let memory else { return nil }
        memory.copyMemory(from: from, byteCount: bytes.count)
        let whole = UnsafeMutableRawBufferPointer(start: memory, count: capacity(for: bytes.count))
        return ByteBuffer(takingOwnershipOf: whole, allocator: allocator, writerIndex: bytes.count)
    }

    private static func take(_ count: Int) -> (UnsafeMutableRawPointer?, ByteBufferAllocator) {
        switch kind(of: count) {
        case .heap: (malloc(count), ByteBufferAllocator())
        case .small(let places): (small.withLock { Address($0.take(places: places)) }.pointer, ofSmall)
        case .medium(let places): (medium.withLock { Address($0.take(places: places)) }.pointer, ofMedium)
        case .pages: (map(count), ofPages)
        }
    }

    // MARK: what buffers do with it

    // a buffer that somebody writes to asks its allocator for more: that has pages of its own

    private static let ofSmall = ByteBufferAllocator(
        allocate: { BodyMemory.map($0) },
        reallocate: { BodyMemory.moved($0, $1, $2) { BodyMemory.giveSmall($0) } },
        deallocate: { BodyMemory.giveSmall($0) },
        copy: { $0.copyMemory(from: $1, byteCount: $2) })

    private static let ofMedium = ByteBufferAllocator(
        allocate: { BodyMemory.map($0) },
        reallocate: { BodyMemory.moved($0, $1, $2) { BodyMemory.giveMedium($0) } },
        deallocate: { BodyMemory.giveMedium($0) },
        copy: { $0.copyMemory(from: $1, byteCount: $2) })

    private static let ofPages = ByteBufferAllocator(
        allocate: { BodyMemory.map($0) },
        reallocate: { BodyMemory.moved($0, $1, $2) { BodyMemory.unmap($0) } },
        deallocate: { BodyMemory.unmap($0) },
        copy: { $0.copyMemory(from: $1, byteCount: $2) })

    private static func giveSmall(_ memory: UnsafeMutableRawPointer) {
        if isMapped(memory) { return unmap(memory) }
        let place = Address(memory)
        small.withLock { pool in if let memory = place.pointer { pool.give(memory) } }
    }

    private static func giveMedium(_ memory: UnsafeMutableRawPointer) {
        if isMapped(memory) { return unmap(memory) }
        let place = Address(memory)
        medium.withLock { pool in if let memory = place.pointer { pool.give(memory) } }
    }

    private static func moved(
        _ old: UnsafeMutableRawPointer?, _ oldSize: Int, _ newSize: Int, _ give: (UnsafeMutableRawPointer) -> Void
    ) -> UnsafeMutableRawPointer? {
        guard let new = map(newSize) else { return nil }
        if let old {
            new.copyMemory(from: old, byteCount: min(oldSize, newSize))
            give(old)
        }
        return new
    }

    // MARK: pages

    private static func length(for count: Int) -> Int { (count + header + page - 1) & ~(page - 1) }

    /// Places of spans begin at multiples of 32.
    private static func isMapped(_ memory: UnsafeMutableRawPointer) -> Bool {
        Int(bitPattern: memory) & (page - 1) == header
    }

    private static func map(_ count: Int) -> UnsafeMutableRawPointer? {
        let length = length(for: count)
        // all pages at once: they are about to be written
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE
        let start = mmap(nil, length, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let start, start != MAP_FAILED else { return nil }
        start.storeBytes(of: length, as: Int.self)
        return start + header
    }

    private static func unmap(_ memory: UnsafeMutableRawPointer) {
        let start = memory - header
        munmap(start, start.load(as: Int.self))
    }
}

/// A pointer on its way out of a lock.
private struct Address: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer?

    init(_ pointer: UnsafeMutableRawPointer?) { self.pointer = pointer }
}
