package import Settings

/// The key `loadBalancing.retry`: when a failed request is sent once more, to another agent.
package struct RetrySettings: Section {
    package var attempts = 1
    package var on: [RetryCondition] = [
        .connect, .reset, .timeout, .stream, .status(429), .status(502), .status(503), .status(504), .status(529),
    ]
    package var perTry: Duration?
    package var backoff = Duration.milliseconds(25)
    package var maxBackoff = Duration.milliseconds(250)
    package var budget = RetryBudgetSettings()
    package var replayBytes = ByteSize(bytes: 1 << 20)
    package var hedge = HedgeSettings()

    package init() {}

    package static let keys: [Key<RetrySettings>] = [
        .value(
            "attempts", \.attempts,
            "further attempts, each with an agent that has not been asked; a connection that failed or was stale is "
                + "made good once besides. A request that an agent has had some of is repeated if its method is "
                + "idempotent, it has an `Idempotency-Key`, or the agent is of kind `llm`, and no answer has begun",
            aliases: ["maxRetries"], check: Check.range(0...6)),
        .value(
            "on", \.on,
            "what leads to another attempt: a connection that fails (`connect`), one that ends before the answer "
                + "(`reset`), silence for `perTry` (`timeout`), an event stream that fails before its first content "
                + "(`stream`, see `streams.commitAfter`), and statuses; 429 and 529 for `llm` alone"),
        .value(
            "perTry", \.perTry,
            "longest wait for the first byte before another agent is asked, where that is allowed; none if absent",
            check: Check.positive()),
        .value(
            "backoff", \.backoff, "the wait before another attempt is anything up to this, doubling each time",
            check: Check.range(Duration.zero...Duration.seconds(60))),
        .value(
            "maxBackoff", \.maxBackoff, "it doubles up to here",
            check: Check.range(Duration.zero...Duration.seconds(60))),
        .section("budget", \.budget, "how many requests of a pool are repeated at most, in the whole process"),
        .value(
            "replayBytes", \.replayBytes, "a request with a longer body is not repeated once some of it was sent",
            check: Check.range(ByteSize(bytes: 0)...ByteSize(bytes: 64 << 20))),
        .section("hedge", \.hedge, "a request that waits unusually long is sent to a second agent too"),
    ]
}

/// The key `loadBalancing.retry.budget`.
package struct RetryBudgetSettings: Section {
    package var ratio = Ratio(0.2)
    package var minPerSecond = 10

    package init() {}

    package static let keys: [Key<RetryBudgetSettings>] = [
        .value(
            "ratio", \.ratio, "the share of the last 10 s's requests",
            check: Check.range(Ratio(0)...Ratio(1))),
        .value("minPerSecond", \.minPerSecond, "so many a second besides", check: Check.range(0...100_000)),
    ]
}

/// The key `loadBalancing.retry.hedge`.
package struct HedgeSettings: Section {
    package var enabled = false
    package var quantile = Ratio(0.95)
    package var budget = Ratio(0.01)
    package var minSamples = 100

    package init() {}

    package static let keys: [Key<HedgeSettings>] = [
        .value("enabled", \.enabled, "whether that is done, for requests that may be repeated; the loser is cancelled"),
        .value(
            "quantile", \.quantile, "after the time within which this share of the pool's answers began",
            check: Check.range(Ratio(0.5)...Ratio(0.999))),
        .value(
            "budget", \.budget, "the share of a pool's requests that are sent twice at most",
            check: Check.range(Ratio(0)...Ratio(0.5))),
        .value(
            "minSamples", \.minSamples, "answers that each event loop must have seen of the pool before",
            check: Check.range(10...100_000)),
    ]
}
