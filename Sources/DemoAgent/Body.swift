import NIOCore

/// The next step of a body that is sent as the socket takes it.
enum Piece {
    case bytes(ByteBuffer)
    case wait(until: NIODeadline)
    case end
}

/// A body that is asked for its pieces one by one, so that a slow reader costs no memory.
protocol Body {
    mutating func next(now: NIODeadline) -> Piece
}

/// A small body in one piece.
struct WholeBody: Body {
    private var buffer: ByteBuffer?

    init(_ buffer: ByteBuffer) {
        self.buffer = buffer.readableBytes > 0 ? buffer : nil
    }

    mutating func next(now: NIODeadline) -> Piece {
        defer { buffer = nil }
        return buffer.map(Piece.bytes) ?? .end
    }
}

/// N bytes of a fixed pattern: the byte at offset i is i modulo 251, a prime, so that a lost or doubled block shows.
struct PatternBody: Body {
    /// 64,256 bytes, shared by all answers.
    private static let block = ByteBuffer(bytes: (0..<251 * 256).map { UInt8($0 % 251) })

    private var remaining: Int

    init(_ count: Int) {
        remaining = count
    }

    mutating func next(now: NIODeadline) -> Piece {
        let count = min(remaining, Self.block.readableBytes)
        guard count > 0, let piece = Self.block.getSlice(at: Self.block.readerIndex, length: count) else { return .end }
        remaining -= count
        return .bytes(piece)
    }
}

/// Pieces at a fixed pace: piece i is due i intervals after the first, however late the ones before it were.
struct PacedBody: Body {
    private let count: Int
    private let interval: Span
    private let make: (Int) -> ByteBuffer
    private var start: NIODeadline?
    private var index = 0

    init(count: Int, interval: Span, make: @escaping (Int) -> ByteBuffer) {
        self.count = count
        self.interval = interval
        self.make = make
    }

    mutating func next(now: NIODeadline) -> Piece {
        guard index < count else { return .end }
        let start = self.start ?? now
        self.start = start
        let due = start + .nanoseconds(interval.nanoseconds &* Int64(index))
        guard now >= due else { return .wait(until: due) }
        defer { index += 1 }
        return .bytes(make(index))
    }
}
