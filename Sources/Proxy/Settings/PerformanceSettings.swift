package import Settings

/// `performance`: event loops and shares of memory.
package struct PerformanceSettings: Section {
    package var workerThreads = 0
    package var maxConcurrentRequests = 10_000
    package var bodyMemory = ByteSize(bytes: 256 << 20)
    package var eventLoop = EventLoopKind.epoll
    package var maxMemory: ByteSize?
    package var overload = OverloadSettings()

    package init() {}

    package static let keys: [Key<PerformanceSettings>] = [
        .value(
            "workerThreads", \.workerThreads, "event loops; 0 is one for each core", applies: .restart,
            check: Check.range(0...1024)),
        .value(
            "maxConcurrentRequests", \.maxConcurrentRequests, "exchanges at once; more is 503",
            check: Check.range(1...10_000_000)),
        .value("bodyMemory", \.bodyMemory, "request bodies that are held for agents, all together; more is 503"),
        .value(
            "eventLoop", \.eventLoop, "how readiness is waited for; io-uring runs on epoll and says so at start",
            applies: .restart),
        .value(
            "maxMemory", \.maxMemory,
            "memory that the process may use; a bare number is MB. Absent: 90 % of what its control group allows, where "
                + "that is limited. See `overload`",
            unit: .megabytes, check: Check.atLeast(ByteSize(bytes: 16_000_000))),
        .section("overload", \.overload, "what is turned away where the proxy has too much"),
    ]
}

/// How an event loop waits for readiness. `io_uring` brings nothing for a proxy (the floor is the TCP stack), so it is
/// read, told in one line of log, and runs on epoll.
package enum EventLoopKind: String, Variant {
    case epoll
    case ioUring = "io-uring"

    package static var noun: String { "event loop" }
    package static var spellings: [String: EventLoopKind] { ["io_uring": .ioUring, "iouring": .ioUring] }
}
