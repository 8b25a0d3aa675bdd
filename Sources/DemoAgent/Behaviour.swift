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
    var work = Work()
    /// Load figures, told as they are: 0...1, 0...1, a count. Where slots are limited, cpu and queue depth are real.
    var cpu = 0.0
    var memory = 0.0
    var queueDepth = 0
    var reportLoad: LoadFigures.Form?
    /// False: `/health` and `/healthz` answer 503.
    var healthy = true
    /// `/startupz` answers 503 `draining`; work is still taken.
    var draining = false
    /// Work is not taken either, and WebSockets close; how long the restart is said to take.
    var drain: Span?
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
}
