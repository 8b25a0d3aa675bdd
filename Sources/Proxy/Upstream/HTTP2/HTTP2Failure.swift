internal import NIOCore
internal import NIOHTTP2

/// No HTTP/2 came about with an agent that is said to speak it.
struct HTTP2Failure: Error {
    let what: String
    let hint: String

    static let noALPN = HTTP2Failure(
        what: "it did not choose 'h2' by ALPN",
        hint: "set protocol: \"http1\" for it, or let it offer h2")
    static let noAddress = HTTP2Failure(
        what: "its host has no address", hint: "check the name in agents.discovery and the resolver of this machine")
    static let noStreams = HTTP2Failure(
        what: "it takes no streams on a new connection (SETTINGS_MAX_CONCURRENT_STREAMS 0, or GOAWAY)",
        hint: "it is stopping, or configured to refuse all; look at its log")
    static let noSettings = HTTP2Failure(
        what: "it did not answer with SETTINGS of HTTP/2",
        hint: "set protocol: \"http1\" for it if it speaks HTTP/1.1, or look at its log")
}

/// How HTTP/2 is spoken with agents.
enum HTTP2Terms {
    /// What an agent may send ahead on one stream, in bytes: what a slow client can make the proxy hold.
    static let streamWindow = 256 * 1024
    /// On a whole connection. Given back at once: only its streams are held up, each by itself.
    static let connectionWindow = 16 * 1024 * 1024
    /// Bytes of a request that may wait for an agent's windows before its client is told to wait.
    static let mostWaiting = 128 * 1024
    static let fewWaiting = 32 * 1024
    /// Bytes of a head as it is sent: what every agent takes in one frame (RFC 9113 4.2).
    static let mostHead = 16_384
    /// Streams of one connection, whatever the agent would take.
    static let mostStreams = 1000
    /// Until its SETTINGS have come (RFC 9113 6.5.2 recommends no less).
    static let firstStreams = 100
    /// After so much silence while somebody waits, the agent is asked whether it lives; then not again for a while,
    /// for many servers end a connection that asks more often than every five minutes.
    static let pingAfter: Int64 = 30_000_000_000
    static let pingPause: Int64 = 310_000_000_000
    static let pingLimit: Int64 = 10_000_000_000
    /// A connection is not used for ever: the numbers of its streams end at 2^31.
    static let lastStream = 1 << 30

    /// Agents are trusted more than clients: what a busy gRPC server sends (pings, resets) is no attack.
    static func handler(_ limits: (headBytes: Int, fieldCount: Int), _ delegate: (any NIOHTTP2FrameDelegate)?)
        -> NIOHTTP2Handler
    {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 0),
            HTTP2Setting(parameter: .initialWindowSize, value: streamWindow),
            // Wire's own limit refuses a head; this one ends the connection
            HTTP2Setting(
                parameter: .maxHeaderListSize,
                value: min(2 * limits.headBytes + 64 * limits.fieldCount, Int(Int32.max))),
        ]
        // each head is looked at by `HTTP2Heads` and `Wire`, each length by its stream: for a fault there, one stream ends
        connection.headerBlockValidation = .disabled
        connection.contentLengthValidation = .disabled
        connection.maximumSequentialEmptyDataFrames = 100
        connection.maximumRecentlyResetStreams = 2000
        connection.maximumConnectionGlitches = 10_000
        connection.controlFrameRateLimit.maximumCount = 20_000
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.streamResetFrameRateLimit.maximumCount = 100_000
        stream.streamErrorRateLimit.maximumCount = 10_000
        return NIOHTTP2Handler(
            mode: .client, frameDelegate: delegate, connectionConfiguration: connection, streamConfiguration: stream)
    }
}
