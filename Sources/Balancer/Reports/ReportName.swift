/// The names under which agents tell figures of their load, in headers and health answers.
///
/// Case, `_`, `-` and `:` do not matter: `queue_depth`, `queueDepth` and `queue-depth` are one. A figure is a
/// percentage only where its name says so; else shares are from 0 to 1.
enum ReportName {
    private static let names: [(name: StaticString, metric: ReportBoard.Metric, scale: Double)] = [
        ("cpu", .cpu, 1), ("cpuutilization", .cpu, 1), ("cpupercent", .cpu, 0.01),
        ("memory", .memory, 1), ("mem", .memory, 1), ("memutilization", .memory, 1), ("memoryutilization", .memory, 1),
        ("mempercent", .memory, 0.01), ("memorypercent", .memory, 0.01),
        ("queuedepth", .queueDepth, 1), ("queuelength", .queueDepth, 1), ("numrequestswaiting", .queueDepth, 1),
        ("vllmnumrequestswaiting", .queueDepth, 1),
        ("utilization", .utilization, 1), ("applicationutilization", .utilization, 1),
        ("rps", .rps, 1), ("rpsfractional", .rps, 1), ("eps", .eps, 1),
    ]

    static func find(_ name: UnsafeRawBufferPointer) -> (metric: ReportBoard.Metric, scale: Double)? {
        names.first { matches(name, $0.name) }.map { ($0.metric, $0.scale) }
    }

    /// `plain` has lower-case letters only.
    static func matches(_ name: UnsafeRawBufferPointer, _ plain: StaticString) -> Bool {
        var at = 0
        for byte in name where byte != 0x5F && byte != 0x2D && byte != 0x3A {
            guard at < plain.utf8CodeUnitCount, lower(byte) == plain.utf8Start[at] else { return false }
            at += 1
        }
        return at == plain.utf8CodeUnitCount
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}

extension LoadReport {
    /// Counts and rates above this are no figures of one agent.
    private static let most = 1e12

    /// Takes a figure over, unless it cannot be one: not a number, infinite, negative, a memory share above 1. CPU may
    /// be told as more than the whole; it counts as the whole.
    package mutating func take(_ metric: ReportBoard.Metric, _ value: Double) {
        guard value >= 0, value <= Self.most else { return }
        switch metric {
        case .cpu: cpu = min(value, 1)
        case .memory: if value <= 1 { memory = value }
        case .queueDepth: queueDepth = value
        case .utilization: utilization = value
        case .rps: rps = value
        case .eps: eps = value
        }
    }

    mutating func take(named name: UnsafeRawBufferPointer, _ value: Double) {
        guard let (metric, scale) = ReportName.find(name) else { return }
        take(metric, value * scale)
    }
}
