internal import Settings

/// What `http.http2` says, as a connection needs it.
struct HTTP2Bounds {
    /// What waits for a client's window, of one answer, before no more of it is read from the agent; and when more is.
    static let waitingBytes = 32 * 1024
    static let resumedBytes = 16 * 1024
    /// A client that lets an answer begin with less than this gets few at once: each would wait, with all that it holds at
    /// its agent and here, for room that comes byte by byte. No client that reads its answers is so narrow (the default
    /// of RFC 9113 6.9.2 is 65,535).
    static let narrowWindow = 1024
    static let narrowStreams = 10

    let isEnabled: Bool
    let cleartext: Bool
    let streams: Int
    let streamWindow: Int
    let connectionWindow: Int
    let continuations: Int
    /// Of a head as HPACK counts it (RFC 7541 4.1), where it is given up. What is above `headerBytes` and below this
    /// is answered with 431.
    let headerListBytes: Int
    let conduct: HTTP2Conduct.Limits

    init(_ settings: HTTPSettings) {
        let http2 = settings.http2
        isEnabled = http2.enabled
        cleartext = http2.enabled && http2.cleartext
        streams = http2.maxConcurrentStreams
        streamWindow = http2.streamWindow.bytes
        connectionWindow = http2.connectionWindow.bytes
        continuations = http2.continuationFrames
        headerListBytes = 2 * settings.limits.headerBytes.bytes + 64 * settings.limits.headerCount
        conduct = HTTP2Conduct.Limits(
            resetsBeforeAnswer: http2.resetsBeforeAnswer, resets: http2.resets, malformed: http2.malformed,
            controlFrames: http2.controlFrames, emptyFrames: http2.emptyFrames)
    }
}
