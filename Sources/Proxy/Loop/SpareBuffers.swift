internal import NIOCore

/// Buffers of one loop that are filled and emptied within one turn of it, so that idle connections hold no memory and a
/// busy one allocates none.
///
/// Touched on its loop only; `Sendable` because NIO wants it of what holds it.
final class SpareBuffers: @unchecked Sendable {
    /// The one used last: nearly always it is free again.
    private var last: ByteBuffer?
    private var spares: [ByteBuffer] = []
    /// Bytes of a new buffer where all that are kept wait in write queues: who reads what they hold is slow, and some thousands
    /// of those would each hold a large one.
    static let leanSize = 32 * 1024
    let size: Int
    private let kept: Int

    init(size: Int, kept: Int) {
        self.size = size
        self.kept = kept
        spares.reserveCapacity(kept)
    }

    /// An empty buffer that nobody else holds.
    @inline(__always)
    func take() -> ByteBuffer {
        if last?.modifyIfUniquelyOwned({ $0.clear() }) != nil, let found = last.take() { return found }
        return takeOther()
    }

    private func takeOther() -> ByteBuffer {
        var at = spares.count - 1
        while at >= 0 {
            // one whose bytes still wait in a write queue is left alone
            if spares[at].modifyIfUniquelyOwned({ $0.clear() }) != nil {
                spares.swapAt(at, spares.count - 1)
                return spares.removeLast()
            }
            at -= 1
        }
        return ByteBufferAllocator().buffer(capacity: spares.count < kept ? size : min(size, Self.leanSize))
    }

    /// Gives a buffer back, even while writes still hold it.
    @inline(__always)
    func giveBack(_ buffer: consuming ByteBuffer) {
        if last == nil, buffer.storageCapacity == size {
            last = buffer
        } else {
            keepOther(buffer)
        }
    }

    /// A crowd has gone: what it has left behind is memory again.
    func drop() {
        last = nil
        spares.removeAll(keepingCapacity: true)
    }

    private func keepOther(_ buffer: consuming ByteBuffer) {
        if spares.count < kept, buffer.storageCapacity == size { spares.append(buffer) }
    }
}

/// Reads of a connection go into the loop's spare buffers. NIO keeps the first buffer of a channel for good, so that
/// one is small; typical request heads fit it.
struct LoopReadBuffers: RecvByteBufferAllocator {
    private let spares: SpareBuffers
    private let first: Int
    private var hasRead = false

    /// - Parameter first: bytes of the buffer that a channel keeps.
    init(_ spares: SpareBuffers, first: Int = 512) {
        self.spares = spares
        self.first = first
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        hasRead ? spares.take() : allocator.buffer(capacity: first)
    }

    /// Nil: the channel must not keep and reuse a buffer itself.
    func nextBufferSize() -> Int? { nil }

    mutating func record(actualReadBytes: Int) -> Bool {
        hasRead = true
        return true
    }
}
