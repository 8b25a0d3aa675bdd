internal import Wire

/// Through which listener a connection came.
enum Door { case clients, monitoring, admin }

/// What the proxy answers itself.
enum LocalPage: String {
    case health, metrics, agents
}

/// The proxy's own pages of one generation, and where each stands: `monitoring` decides.
struct LocalPages {
    private let health: Plan
    private let metrics: Plan?
    private let agents: Plan
    private let healthPath: [UInt8]
    private let metricsPath: [UInt8]
    private let isPublic: Bool

    init(_ generation: Generation) {
        let settings = generation.settings
        let monitoring = settings.monitoring
        let limit = 64 * 1024
        health = Plan(page: .health, label: generation.healthLabel, bodyLimit: limit)
        metrics = monitoring.metrics.enabled ? Plan(page: .metrics, label: generation.metricsLabel, bodyLimit: limit) : nil
        agents = Plan(page: .agents, label: generation.adminLabel, bodyLimit: limit)
        healthPath = Array(monitoring.healthCheck.path.utf8)
        metricsPath = Array(monitoring.metrics.path.utf8)
        isPublic = monitoring.listen == nil
    }

    /// The page that a request asks for, if it is one of ours: by GET or HEAD, on a listener that shows it.
    @inline(__always)
    func find(_ head: RequestHead, _ door: Door) -> Plan? {
        guard door != .clients || isPublic, head.method == .get || head.method == .head else { return nil }
        let path = head.path
        if same(path, healthPath) { return health }
        if let metrics, same(path, metricsPath) { return metrics }
        if door == .admin, path.isExactly("/agents") { return agents }
        return nil
    }

    @inline(__always)
    private func same(_ path: UnsafeRawBufferPointer, _ wanted: [UInt8]) -> Bool {
        path.count == wanted.count && path.elementsEqual(wanted)
    }
}
