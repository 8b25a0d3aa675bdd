/// Finds the events of an event stream as its bytes come: where each ends, and what it says (HTML Living Standard
/// 9.2.6). Any split of the bytes gives the same events; lines end with CR, LF or CR LF.
package struct EventScanner: Sendable {
    package struct Event: Sendable, Equatable {
        package var kind: EventKind
        /// One past the blank line that ends it, in the bytes just given.
        package var end: Int
    }

    /// More of an event than this is not looked at.
    package static let most = 1024
    private static let longestName = 48

    private enum State {
        case lineStart, name, valueStart, value
        /// A CR has ended a line; an LF belongs to it.
        case feed
    }

    private enum Line { case data, event, other }

    private var state = State.lineStart
    private var line = Line.other
    /// The letters of the field's name so far, eight at most.
    private var letters: UInt64 = 0
    private var letterCount = 0
    /// Of a byte order mark at the very start; -1 once that is past.
    private var markAt = 0
    /// Some line of an event has come, but not its end.
    private var isWithin = false
    private let reads: Bool
    private var data: [UInt8] = []
    private var event: [UInt8] = []
    private var hasData = false
    private var isCut = false

    /// `reads`: whether events are to be told apart, or only their ends to be found.
    package init(reads: Bool) {
        self.reads = reads
        if reads { data.reserveCapacity(Self.most) }
    }

    /// No event has begun and not ended: here something may be put between two.
    package var isAtBoundary: Bool { !isWithin && (state == .lineStart || state == .feed) }

    /// The next event that ends in `bytes` from `offset` on; nil when all are looked at.
    package mutating func next(_ bytes: UnsafeRawBufferPointer, from offset: Int) -> Event? {
        var at = offset
        while at < bytes.count {
            if state == .value {
                at = value(bytes, at)
                continue
            }
            let byte = bytes[at]
            at += 1
            if state == .feed {
                state = .lineStart
                if byte == 0x0a { continue }
            }
            let isEnd = byte == 0x0a || byte == 0x0d
            if state == .lineStart, isEnd {
                state = byte == 0x0d ? .feed : .lineStart
                if state == .feed, at < bytes.count, bytes[at] == 0x0a {
                    state = .lineStart
                    at += 1
                }
                guard isWithin else { continue }
                return Event(kind: finish(), end: at)
            }
            take(byte, isEnd)
        }
        return nil
    }

    /// A byte outside a value.
    private mutating func take(_ byte: UInt8, _ isEnd: Bool) {
        switch state {
        case .lineStart, .name:
            if markAt >= 0, isMark(byte) { return }
            if state == .lineStart {
                state = .name
                letters = 0
                letterCount = 0
                isWithin = true
            }
            if isEnd {
                // a name alone is a field with an empty value
                beginValue()
                endLine(byte)
            } else if byte == 0x3a {
                beginValue()
                state = .valueStart
            } else {
                if letterCount < 8 { letters = letters << 8 | UInt64(byte) }
                letterCount = min(letterCount + 1, 9)
            }
        case .valueStart:
            state = .value
            if isEnd { endLine(byte) } else if byte != 0x20 { keep(byte) }
        case .value, .feed: break
        }
    }

    /// The bytes of a value up to the end of its line.
    private mutating func value(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != 0x0a, bytes[end] != 0x0d { end += 1 }
        if reads, line != .other { keep(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) }
        guard end < bytes.count else { return end }
        endLine(bytes[end])
        return end + 1
    }

    private mutating func endLine(_ byte: UInt8) { state = byte == 0x0d ? .feed : .lineStart }

    private mutating func isMark(_ byte: UInt8) -> Bool {
        let mark: [3 of UInt8] = [0xef, 0xbb, 0xbf]
        guard byte == mark[markAt] else {
            markAt = -1
            return false
        }
        markAt = markAt == 2 ? -1 : markAt + 1
        return true
    }

    private mutating func beginValue() {
        switch letters {
        case 0x6461_7461 where letterCount == 4:
            line = .data
            if hasData, reads { keep(0x0a) }
            hasData = true
        case 0x65_7665_6e74 where letterCount == 5:
            line = .event
            event.removeAll(keepingCapacity: true)
        default: line = .other
        }
    }

    private mutating func keep(_ byte: UInt8) {
        guard reads else { return }
        withUnsafeBytes(of: byte) { keep($0) }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        switch line {
        case .data:
            let kept = min(bytes.count, Self.most - data.count)
            data.append(contentsOf: bytes[0..<kept])
            if kept < bytes.count { isCut = true }
        case .event: event.append(contentsOf: bytes.prefix(Self.longestName - event.count))
        case .other: break
        }
    }

    private mutating func finish() -> EventKind {
        let kind: EventKind =
            if !hasData {
                // without data nothing is dispatched, whatever the name: a comment, `retry:`, `id:`
                .none
            } else if reads {
                data.withUnsafeBytes { data in
                    event.withUnsafeBytes { EventKind(name: $0, data: data, isCut: isCut) }
                }
            } else {
                .content
            }
        isWithin = false
        hasData = false
        isCut = false
        data.removeAll(keepingCapacity: true)
        event.removeAll(keepingCapacity: true)
        return kind
    }
}
