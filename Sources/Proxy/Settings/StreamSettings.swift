package import Settings

/// `streams`: event streams (`text/event-stream`) on their way to clients.
package struct StreamSettings: Section {
    package var commitAfter = Duration.zero
    package var commitEvents = 16
    package var commitBytes = ByteSize(bytes: 64 << 10)
    package var heartbeat = Duration.zero

    package init() {}

    package static let keys: [Key<StreamSettings>] = [
        .value(
            "commitAfter", \.commitAfter,
            "a stream's head is held until its first content, so that one that begins with an error, or ends before "
                + "that, still goes to another agent, where the request may be repeated; at most so long; 0s is off"),
        .value(
            "commitEvents", \.commitEvents, "at most so many events without content", check: Check.range(1...1000)),
        .value(
            "commitBytes", \.commitBytes, "at most so many bytes",
            check: Check.range(ByteSize(bytes: 1 << 10)...ByteSize(bytes: 1 << 20))),
        .value(
            "heartbeat", \.heartbeat,
            "silence within a stream after which the comment `: ping` is sent, between two events; 0s is never"),
    ]
}
