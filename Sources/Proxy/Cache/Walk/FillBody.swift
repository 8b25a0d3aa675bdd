internal import NIOCore

/// The body of an answer as it comes: pieces that are only ever added, and dropped at the front where nothing is kept.
struct FillBody {
    enum End {
        /// More will come.
        case open
        case whole
        /// It ends here, and is not all.
        case broken
    }

    private var pieces: [ByteBuffer] = []
    /// How many were dropped, and their bytes.
    private var dropped = 0
    private var droppedBytes = 0
    /// Bytes so far, those that were dropped included.
    private(set) var count = 0
    var end = End.open
    /// Field lines that came behind it.
    var trailers: [UInt8] = []
    /// The agent is kept waiting for readers.
    var isPaused = false

    mutating func add(_ piece: ByteBuffer) {
        pieces.append(piece)
        count &+= piece.readableBytes
    }

    func pieces(from number: Int) -> (pieces: ArraySlice<ByteBuffer>, end: End) {
        (pieces[max(min(number - dropped, pieces.count), 0)...], end)
    }

    /// What ends at or before this many bytes is nobody's any more.
    mutating func drop(upTo bytes: Int) {
        var leaving = 0
        while leaving < pieces.count, droppedBytes + pieces[leaving].readableBytes <= bytes {
            droppedBytes += pieces[leaving].readableBytes
            leaving += 1
        }
        guard leaving > 0 else { return }
        pieces.removeFirst(leaving)
        dropped += leaving
    }

    /// Its last event says that all has been told: clients that know `[DONE]` leave then, before the body's end.
    var hasSaidAll: Bool {
        var last: [UInt8] = []
        for piece in pieces.reversed() {
            last.insert(contentsOf: piece.readableBytesView.suffix(32), at: 0)
            if last.count >= 32 { break }
        }
        while let byte = last.last, byte == 0x0a || byte == 0x0d { last.removeLast() }
        return ["data: [DONE]", "data:[DONE]"].contains { last.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }

    /// All in one; empty where some was dropped.
    var whole: ByteBuffer {
        guard dropped == 0 else { return ByteBuffer() }
        if pieces.count == 1 { return pieces[0] }
        var all = ByteBufferAllocator().buffer(capacity: count)
        for var piece in pieces { all.writeBuffer(&piece) }
        return all
    }
}
