internal import Balancer
internal import NIOCore
internal import Semantics
internal import Wire

/// Event streams: failover although the head said 200 (`streams.commitAfter`), and comments in silence
/// (`streams.heartbeat`).
extension Exchange {
    /// Whether the head of an event stream is held back. The plan watches streams.
    func watchStream(_ settings: Plan.Streams) -> Bool {
        guard answer.status == 200, answer.isEventStream, head.method != .head,
            answer.first(named: "content-encoding") == nil
        else { return false }
        // held only where holding can help: another agent could have the request
        let holds = settings.commitAfter > 0 && (mayRepeat(.stream) || models?.hasNext == true)
        guard holds || settings.heartbeat > 0 && isAnswerChunked else { return false }
        let watch = StreamWatch(self, settings, holds: holds)
        self.watch = watch
        loop.wheel.set(watch, loop.now &+ min(watch.wait, 1 << 60))
        return holds
    }

    /// Only between chunks can something be put.
    private var isAnswerChunked: Bool {
        guard !head.isOld else { return false }
        return switch answer.framing {
        case .chunked, .untilClose: true
        case .none, .length: false
        }
    }

    /// Body bytes of a watched stream. True: they are held, or no longer wanted.
    func watchBody(_ watch: StreamWatch, _ buffer: ByteBuffer, _ start: Int, _ end: Int) -> Bool {
        buffer.withUnsafeReadableBytes { all in
            let offset = start &- buffer.readerIndex
            let bytes = UnsafeRawBufferPointer(rebasing: all[offset..<(offset &+ end &- start)])
            guard watch.isHolding else {
                watch.pass(bytes)
                loop.wheel.set(watch, loop.now &+ min(watch.wait, 1 << 60))
                return false
            }
            switch watch.hold(bytes) {
            case .more: break
            case .commit: commitStream(watch)
            case .failed: if !leaveStream(watch) { commitStream(watch) }
            }
            return true
        }
    }

    /// A held stream that says it failed, or ended before it had begun. True: another agent has the request.
    func leaveStream(_ watch: StreamWatch) -> Bool {
        self.watch = nil
        guard moveOn(.stream, .failure(.status)) || models != nil && goesOn(.stream) else {
            self.watch = watch
            return false
        }
        loop.wheel.retire(watch)
        return true
    }

    /// The head and what is held go to the client.
    func commitStream(_ watch: StreamWatch) {
        let held = watch.release()
        beginAnswer()
        if binding?.learnsResponse == true { held.withUnsafeReadableBytes { learn($0) } }
        if waiting != nil {
            keepWaiting(held, held.readerIndex, held.writerIndex)
        } else {
            bytesOut &+= held.readableBytes
            if held.readableBytes > 0 { downstream?.sendBody(held, held.readerIndex, held.writerIndex) }
            downstream?.flush()
        }
        guard self.watch === watch else { return }
        if isAnswerChunked, watch.wait < .max {
            loop.wheel.set(watch, loop.now &+ watch.wait)
        } else {
            endWatch()
        }
    }

    /// A comment, which says nothing but that the connection lives: not to a client that has more to take than it does.
    func fillSilence(_ ping: ByteBuffer) {
        // what is kept has no comments of ours in it
        guard phase == .answering, waiting == nil, !isInside, let downstream, downstream.takesAnswer else { return }
        bytesOut &+= ping.readableBytes
        downstream.sendBody(ping, ping.readerIndex, ping.writerIndex)
        downstream.flush()
    }

    func endWatch() {
        guard let watch else { return }
        self.watch = nil
        loop.wheel.retire(watch)
    }
}
