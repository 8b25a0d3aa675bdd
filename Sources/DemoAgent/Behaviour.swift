import NIOCore

/// How an agent behaves just now: what `/control` and the command line set.
struct Behaviour: Sendable {
    var latency = Span.zero
    var jitter = Span.zero
    /// Share of answers that are errors, 0...1.
    var errorRate = 0.0
    var errorStatus = 500
    /// Words per answer; none: the answer repeats the question.
    var tokens: Int?
    var tokenInterval = Span(milliseconds: 5)
    /// Load figures, told as they are: 0...1, 0...1, a count.
    var cpu = 0.0
    var memory = 0.0
    var queueDepth = 0
    var reportLoad = false
    /// False: `/health` and `/healthz` answer 503.
    var healthy = true
    var draining = false
    /// Until then `/startupz` answers 503 `starting`.
    private(set) var startedAt = NIODeadline.uptimeNanoseconds(0)
    var bodyBytes = 1024
    var tick = Span.zero

    mutating func start(in span: Span) {
        startedAt = span == .zero ? .uptimeNanoseconds(0) : .now() + span.amount
    }

    mutating func start(_ started: Bool) {
        startedAt = started ? .uptimeNanoseconds(0) : .distantFuture
    }

    func isStarting(_ now: NIODeadline) -> Bool { now < startedAt }

    /// The wait before the next answer. `draw` is from -1 to 1.
    func wait(_ draw: Double) -> Span {
        Span(nanoseconds: latency.nanoseconds + Int64(Double(jitter.nanoseconds) * draw))
    }

    /// The load in the text form of the ORCA header.
    var loadMetrics: String {
        "TEXT cpu_utilization=\(cpu), mem_utilization=\(memory), named_metrics.queue_depth=\(queueDepth)"
    }
}
