package import Settings

/// The key `agents.connectionPool`: connections that wait for the next request. Limits are the process's.
package struct ConnectionPoolSettings: Section {
    package var maxIdleConns = 100
    package var maxIdleConnsPerHost = 10
    package var idleTimeout = Duration.seconds(90)
    package var maxAge: Duration?

    package init() {}

    package static let keys: [Key<ConnectionPoolSettings>] = [
        .value(
            "maxIdleConns", \.maxIdleConns, "idle connections kept in the whole process, shared out among loops",
            check: Check.atLeast(0)),
        .value(
            "maxIdleConnsPerHost", \.maxIdleConnsPerHost,
            "idle connections kept to one agent in the whole process; at least one a loop",
            check: Check.atLeast(0)),
        .value("idleTimeout", \.idleTimeout, "an idle connection is closed after this", check: Check.positive),
        .value(
            "maxAge", \.maxAge, "a connection this old is not used again; without it, age does not matter",
            check: Check.positive),
    ]
}
