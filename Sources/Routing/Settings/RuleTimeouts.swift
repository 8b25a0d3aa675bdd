package import Settings

/// How long an exchange of one rule may be silent: what is not given is as `http.timeouts` says.
package struct RuleTimeouts: Section {
    package var connect: Duration?
    package var firstByte: Duration?
    package var streamGap: Duration?
    package var tunnelIdle: Duration?

    package init() {}

    package static let keys: [Key<RuleTimeouts>] = [
        .value("connect", \.connect, "longest wait for a connection to the agent", check: Check.positive()),
        .value("firstByte", \.firstByte, "longest wait for the first byte of the answer", check: Check.positive()),
        .value("streamGap", \.streamGap, "longest silence within an answer", check: Check.positive()),
        .value("tunnelIdle", \.tunnelIdle, "longest silence of a tunnel", check: Check.positive()),
    ]
}
