internal import NIOCore
internal import Wire

/// An event stream on its way to a client: its beginning is held until there is content, and its silence is filled.
///
/// Exits: `holding` -> `passing` (content, `[DONE]`, or a bound was reached) | gone (it failed, and another agent is
/// asked); `passing` -> gone (the answer's end).
final class StreamWatch: Timed {
    enum Step { case more, commit, failed }

    /// The exchange keeps the watch, and takes it out of the wheel before it lets go of it.
    private unowned let exchange: Exchange
    private let settings: Plan.Streams
    private var scanner: EventScanner
    private var events = 0
    private(set) var isHolding: Bool
    /// What is held; nothing once it passes.
    private(set) var held = ByteBuffer()
    private static let ping = ByteBuffer(string: ": ping\n\n")

    init(_ exchange: Exchange, _ settings: Plan.Streams, holds: Bool) {
        self.exchange = exchange
        self.settings = settings
        isHolding = holds
        scanner = EventScanner(reads: holds)
    }

    /// When to look again unless something comes: nanoseconds from now.
    var wait: Int64 { isHolding ? settings.commitAfter : settings.heartbeat > 0 ? settings.heartbeat : .max }

    /// Bytes of the stream while it is held: they are kept, and say what is to become of it.
    func hold(_ bytes: UnsafeRawBufferPointer) -> Step {
        held.writeBytes(bytes)
        var at = 0
        while let event = scanner.next(bytes, from: at) {
            at = event.end
            switch event.kind {
            case .none: continue
            case .content, .end: return commit(bytes, at)
            case .failure: return .failed
            case .opening: events += 1
            }
        }
        return events >= settings.commitEvents || held.readableBytes >= settings.commitBytes ? .commit : .more
    }

    /// The rest of the bytes counts for where events end.
    private func commit(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Step {
        pass(bytes, at)
        return .commit
    }

    /// Bytes of the stream that go on to the client.
    func pass(_ bytes: UnsafeRawBufferPointer, _ start: Int = 0) {
        guard settings.heartbeat > 0 else { return }
        var at = start
        while let event = scanner.next(bytes, from: at) { at = event.end }
    }

    /// What was held, which goes to the client now.
    func release() -> ByteBuffer {
        isHolding = false
        let released = held
        held = ByteBuffer()
        return released
    }

    override func deadlinePassed(now: Int64) {
        guard exchange.watch === self else { return }
        if isHolding {
            exchange.commitStream(self)
        } else if settings.heartbeat > 0 {
            if scanner.isAtBoundary { exchange.fillSilence(Self.ping) }
            exchange.loop.wheel.set(self, now &+ settings.heartbeat)
        }
    }
}
