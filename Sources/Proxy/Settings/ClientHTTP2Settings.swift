package import Settings

/// `http.http2`: HTTP/2 towards clients, and what one of them may do before its connection is closed.
package struct ClientHTTP2Settings: Section {
    package var enabled = true
    package var cleartext = false
    package var maxConcurrentStreams = 100
    package var streamWindow = ByteSize(bytes: 256 << 10)
    package var connectionWindow = ByteSize(bytes: 1 << 20)
    package var resetsBeforeAnswer = 50
    package var resets = 200
    package var malformed = 200
    package var continuationFrames = 5
    package var controlFrames = 1000
    package var emptyFrames = 100

    package init() {}

    package static let keys: [Key<ClientHTTP2Settings>] = [
        .value("enabled", \.enabled, "HTTP/2 is offered to clients over TLS (ALPN `h2`)"),
        .value(
            "cleartext", \.cleartext,
            "clients without TLS may begin with HTTP/2 at once (prior knowledge); `Upgrade: h2c` is never followed"),
        .value(
            "maxConcurrentStreams", \.maxConcurrentStreams, "requests at once on one connection",
            check: Check.range(1...10_000)),
        .value(
            "streamWindow", \.streamWindow, "bytes of one request's body that may be on their way or waiting",
            check: Check.range(ByteSize(bytes: 64 << 10)...ByteSize(bytes: 16 << 20))),
        .value(
            "connectionWindow", \.connectionWindow, "the same of all requests of a connection",
            check: Check.range(ByteSize(bytes: 64 << 10)...ByteSize(bytes: 256 << 20))),
        .value(
            "resetsBeforeAnswer", \.resetsBeforeAnswer,
            "requests within 30 s that a client may take back before their answer; more close the connection",
            check: Check.range(1...100_000)),
        .value(
            "resets", \.resets, "requests within 30 s that a client may take back at all; more close the connection",
            check: Check.range(1...100_000)),
        .value(
            "malformed", \.malformed, "malformed requests within 30 s; more close the connection",
            check: Check.range(1...100_000)),
        .value(
            "continuationFrames", \.continuationFrames, "CONTINUATION frames of one head; more close the connection",
            check: Check.range(0...1000)),
        .value(
            "controlFrames", \.controlFrames,
            "PING, SETTINGS and PRIORITY frames within 10 s, and those that wait to be answered; more close the "
                + "connection",
            check: Check.range(10...1_000_000)),
        .value(
            "emptyFrames", \.emptyFrames, "DATA frames without content within 30 s; more close the connection",
            check: Check.range(1...1_000_000)),
    ]
}
