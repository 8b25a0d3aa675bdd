package import Settings

/// `http.timeouts`. None but `header` and `connect` bounds a total: the others bound silence.
package struct TimeoutSettings: Section {
    package var read: Duration = .seconds(30)
    package var write: Duration = .seconds(60)
    package var idle: Duration = .seconds(120)
    package var header: Duration = .seconds(10)
    package var connect: Duration = .seconds(10)
    package var firstByte: Duration = .seconds(300)
    package var streamGap: Duration = .seconds(300)
    package var tunnelIdle: Duration = .seconds(3600)
    package var shutdown: Duration = .seconds(30)

    package init() {}

    package static let keys: [Key<TimeoutSettings>] = [
        .value("read", \.read, "silence while a request's body is read", check: Check.positive),
        .value("write", \.write, "silence while a client does not take its answer", check: Check.positive),
        .value("idle", \.idle, "silence between two requests of a connection", check: Check.positive),
        .value("header", \.header, "from the first byte of a head to its end, in all", check: Check.positive),
        .value("connect", \.connect, "a connection to an agent, in all", check: Check.positive),
        .value("firstByte", \.firstByte, "from a request sent to the agent's first byte", check: Check.positive),
        .value("streamGap", \.streamGap, "silence of an agent within its answer", check: Check.positive),
        .value(
            "tunnelIdle", \.tunnelIdle, "silence of both sides of an upgraded connection", check: Check.positive),
        .value("shutdown", \.shutdown, "what is running may take so long to end when the proxy stops"),
    ]
}
