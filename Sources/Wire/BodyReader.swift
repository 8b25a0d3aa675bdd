/// Follows a body through the bytes of a connection: says which of them are content and where the message ends.
///
/// ```
/// idle      -> length | chunk size | untilClose | ended     (begin)
/// length    -> ended
/// size      -> extension | sizeEnd -> data -> dataEnd -> size
/// size 0    -> trailers -> ended
/// ```
package struct BodyReader {
    /// What the next bytes are. Offsets count from the first byte given to the call.
    package enum Step: Equatable {
        /// Content stands in `start..<end`; look again from `end`.
        case content(start: Int, end: Int)
        /// The message ends at this offset; what follows belongs to the next one.
        case end(Int)
        /// All bytes are used up.
        case more
        case failed(WireFailure)
    }

    private enum State {
        case length, size, sizeDigits, extensionText, sizeEnd, data, dataEnd, dataEndFeed, trailers, untilClose, ended
    }

    private var state = State.ended
    private var left = 0
    private var digits = 0
    private var chunkExtension = ChunkExtension()
    private var trailerLines: HeadLines?

    package init() {}

    /// Begins with a message of this framing.
    package init(_ framing: Framing) {
        switch framing {
        case .none: state = .ended
        case .length(let bytes):
            state = .length
            left = bytes
        case .chunked: state = .size
        case .untilClose: state = .untilClose
        }
    }

    package var isEnded: Bool { state == .ended }
    /// The end of the connection is the end of this message.
    package var endsAtClose: Bool { state == .untilClose }
    /// Bytes of content still to come, where that is known.
    package var remaining: Int? { state == .length ? left : state == .ended ? 0 : nil }
    /// The fields after the last chunk, once the message has ended; nil when there were none.
    package var trailers: HeadLines? { trailerLines }

    /// Looks at `bytes` from `offset`.
    @inline(__always)
    package mutating func next(_ bytes: UnsafeRawBufferPointer, from offset: Int, limits: WireLimits) -> Step {
        switch state {
        case .ended: return .end(offset)
        case .length:
            guard offset < bytes.count else { return .more }
            let end = min(bytes.count, offset &+ left)
            left &-= end &- offset
            if left == 0 { state = .ended }
            return .content(start: offset, end: end)
        case .untilClose:
            return offset < bytes.count ? .content(start: offset, end: bytes.count) : .more
        default:
            return chunked(bytes, offset, limits)
        }
    }

    private mutating func chunked(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ limits: WireLimits) -> Step {
        var at = offset
        while at < bytes.count {
            let byte = bytes[at]
            switch state {
            case .size, .sizeDigits:
                let value = ByteClass.hex(byte)
                if value != 255 {
                    digits += 1
                    guard digits <= 15 else { return .failed(.chunkSize) }
                    left = left << 4 | Int(value)
                    state = .sizeDigits
                } else if state == .size {
                    return .failed(.chunkSize)
                } else if byte == 0x0d {
                    state = .sizeEnd
                } else if byte == 0x3b || ByteClass.isBlank(byte) {
                    state = .extensionText
                    chunkExtension = ChunkExtension()
                    _ = chunkExtension.take(byte)
                } else {
                    return .failed(byte == 0x0a ? .bareLineFeed : .chunkSize)
                }
                at += 1
            case .extensionText:
                if byte == 0x0d {
                    guard chunkExtension.mayEnd else { return .failed(.chunkExtension) }
                    state = .sizeEnd
                } else if byte == 0x0a {
                    return .failed(.bareLineFeed)
                } else if !chunkExtension.take(byte) || chunkExtension.bytes > limits.chunkExtensionBytes {
                    return .failed(.chunkExtension)
                }
                at += 1
            case .sizeEnd:
                guard byte == 0x0a else { return .failed(.bareCarriageReturn) }
                at += 1
                digits = 0
                state = left == 0 ? .trailers : .data
            case .data:
                let end = min(bytes.count, at &+ left)
                left &-= end &- at
                if left == 0 { state = .dataEnd }
                return .content(start: at, end: end)
            case .dataEnd:
                guard byte == 0x0d else { return .failed(.chunkEnd) }
                state = .dataEndFeed
                at += 1
            case .dataEndFeed:
                guard byte == 0x0a else { return .failed(.chunkEnd) }
                state = .size
                left = 0
                at += 1
            case .trailers: return trailerStep(bytes, at, limits)
            case .length, .untilClose, .ended: return .end(at)
            }
        }
        return .more
    }

    /// The trailer section: field lines and an empty line.
    private mutating func trailerStep(_ bytes: UnsafeRawBufferPointer, _ at: Int, _ limits: WireLimits) -> Step {
        let lines: HeadLines
        if let known = trailerLines {
            lines = known
        } else {
            // the usual case needs no memory: CR LF at once
            if bytes[at] == 0x0d, at + 1 < bytes.count, bytes[at + 1] == 0x0a {
                state = .ended
                return .end(at + 2)
            }
            lines = HeadLines(fieldsOnly: ())
            trailerLines = lines
        }
        var bounds = limits
        bounds.headBytes = limits.trailerBytes
        bounds.fieldCount = limits.trailerCount
        let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
        switch lines.take(rest, limits: bounds, startLine: { _ in nil }) {
        case .more: return .more
        case .complete(let consumed):
            state = .ended
            if lines.fieldCount == 0 { trailerLines = nil }
            return .end(at + consumed)
        case .failed(let failure):
            return .failed(
                failure == .headTooLarge || failure == .tooManyFields || failure == .targetTooLong
                    ? .trailersTooLarge : failure)
        }
    }
}
