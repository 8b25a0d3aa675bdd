internal import NIOHTTP2

/// How it goes where there is too much.
extension HTTP2Connection {
    func isIdle(for time: Int64, _ now: Int64) -> Bool {
        (phase == .open || phase == .greeting) && streams.isEmpty && client.door == .clients && now &- idleSince >= time
            && UnsentBytes.count(of: context) == 0
    }

    /// The client is told which requests were the last; its end is not waited for.
    func closeIdle() {
        if leaving != .told { goAway(.noError) }
        flush()
        outlet.send()
        close()
    }
}
