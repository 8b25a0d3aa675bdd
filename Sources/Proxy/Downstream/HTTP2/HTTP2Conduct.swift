/// Watches what a client does that costs the proxy more than the client, and says when it is too much.
///
/// Nothing of it asks for memory until it happens. Times are nanoseconds and never go back.
struct HTTP2Conduct: Sendable {
    struct Limits: Sendable {
        var resetsBeforeAnswer = 50
        var resets = 200
        var malformed = 200
        var controlFrames = 1000
        var emptyFrames = 100
    }

    /// What was too much.
    enum Fault: Sendable, Equatable { case rapidResets, resets, malformed, controlFrames, emptyFrames, windowUpdates }

    static let window: Int64 = 30_000_000_000
    static let controlWindow: Int64 = 10_000_000_000
    /// An update of a window by less than this is a burden rather than a help: it makes frames that are mostly head.
    static let smallIncrement = 64
    /// Updates of windows for each frame of content that was sent, beside those that are free; and small ones, for
    /// honest clients give back what a short message took, of its stream and of the connection.
    static let updatesPerFrame = 10
    static let smallUpdatesPerFrame = 4

    private let limits: Limits
    private var rapid = Recent()
    private var resets = Recent()
    private var malformations = Recent()
    private var empty = Recent()
    private var controlCount = 0
    private var controlSince: Int64 = 0
    /// Pings that need not be counted.
    private var freePings = 0
    private var updates = 0
    private var smallUpdates = 0
    /// Frames of content that were sent in this window, which earn updates.
    private var framesSent = 0
    private var updatesSince: Int64 = 0

    init(_ limits: Limits) { self.limits = limits }

    /// A request was taken back.
    mutating func reset(beforeAnswer: Bool, _ now: Int64) -> Fault? {
        if beforeAnswer, rapid.add(now, limits.resetsBeforeAnswer, Self.window) { return .rapidResets }
        return resets.add(now, limits.resets, Self.window) ? .resets : nil
    }

    /// A request was refused as malformed.
    mutating func malformed(_ now: Int64) -> Fault? {
        malformations.add(now, limits.malformed, Self.window) ? .malformed : nil
    }

    /// A PING: some clients send one for each frame of content, to learn how fast the way is.
    mutating func ping(_ now: Int64) -> Fault? {
        guard freePings > 0 else { return control(now) }
        freePings &-= 1
        return nil
    }

    /// A PING, SETTINGS or PRIORITY frame, which is answered or looked at for nothing.
    mutating func control(_ now: Int64) -> Fault? {
        if now - controlSince > Self.controlWindow {
            controlSince = now
            controlCount = 0
        }
        controlCount &+= 1
        return controlCount > limits.controlFrames ? .controlFrames : nil
    }

    /// A DATA frame without content, which does not end a body either.
    mutating func emptyFrame(_ now: Int64) -> Fault? {
        empty.add(now, limits.emptyFrames, Self.window) ? .emptyFrames : nil
    }

    mutating func windowUpdate(by increment: Int, _ now: Int64) -> Fault? {
        if now - updatesSince > Self.controlWindow {
            updatesSince = now
            updates = 0
            smallUpdates = 0
            framesSent = 0
        }
        updates &+= 1
        if increment < Self.smallIncrement { smallUpdates &+= 1 }
        let isTooMuch =
            updates > limits.controlFrames &+ framesSent &* Self.updatesPerFrame
            || smallUpdates > limits.controlFrames &+ framesSent &* Self.smallUpdatesPerFrame
        return isTooMuch ? .windowUpdates : nil
    }

    /// A frame of content was sent, for which the client may make room again; a ping for it is fair as well. One that is
    /// small because the client makes no more room than that is not to be told of here.
    @inline(__always)
    mutating func sent() {
        framesSent &+= 1
        if freePings < limits.controlFrames { freePings &+= 1 }
    }
}

/// When something happened of late: as many times as may happen within a window.
private struct Recent: Sendable {
    private var times: [Int64] = []
    private var next = 0

    /// One more. True: with it there are more than `limit` within `window`.
    mutating func add(_ now: Int64, _ limit: Int, _ window: Int64) -> Bool {
        if times.count < limit {
            times.append(now)
            return false
        }
        // `next` is the oldest of the last `limit`
        let oldest = times[next]
        times[next] = now
        next = next + 1 < times.count ? next + 1 : 0
        return now - oldest <= window
    }
}
