internal import Wire

/// Through which listener a connection came.
enum Door {
    case clients, monitoring, admin
    /// Plain HTTP, for nothing but the way to TLS.
    case redirect

    /// Anybody comes here.
    var isPublic: Bool { self == .clients || self == .redirect }
}

/// What the proxy answers itself.
enum LocalPage: String {
    case health, metrics, agents, status, doctor
    /// Questions and changes of operators: `POST /rpc`, and `/config/KEY` beside it.
    case rpc, config
    /// Changes of one agent by hand: `POST /agents/ID/drain`.
    case agent

    var takesBody: Bool { self == .rpc || self == .config || self == .agent }
}

/// The proxy's own pages of one generation, and where each stands: `monitoring` decides.
struct LocalPages {
    /// A body without a token is a question; with one it may be a whole configuration.
    static let questionBytes = 1 << 20
    static let changeBytes = 64 << 20

    private let health: Plan
    private let metrics: Plan?
    /// Of the admin listener alone, by path.
    private let operators: [(path: [UInt8], plan: Plan)]
    private let config: Plan
    private let agent: Plan
    /// The same for those who may send a whole configuration.
    private let rpcOfOperator: Plan
    private let configOfOperator: Plan
    private let healthPath: [UInt8]
    private let metricsPath: [UInt8]
    private let isPublic: Bool

    init(_ generation: Generation) {
        let monitoring = generation.settings.monitoring
        let label = generation.adminLabel
        let edge = PlanEdge(generation.settings.http)
        health = Plan(page: .health, label: generation.healthLabel, bodyLimit: Self.questionBytes, edge: edge)
        metrics =
            monitoring.metrics.enabled
            ? Plan(page: .metrics, label: generation.metricsLabel, bodyLimit: Self.questionBytes, edge: edge) : nil
        operators =
            [LocalPage.agents, .status, .doctor].map {
                (Array("/\($0.rawValue)".utf8), Plan(page: $0, label: label, bodyLimit: Self.questionBytes))
            } + [(Array("/rpc".utf8), Plan(page: .rpc, label: label, bodyLimit: Self.questionBytes))]
        config = Plan(page: .config, label: label, bodyLimit: Self.questionBytes)
        agent = Plan(page: .agent, label: label, bodyLimit: Self.questionBytes)
        configOfOperator = Plan(page: .config, label: label, bodyLimit: Self.changeBytes)
        rpcOfOperator = Plan(page: .rpc, label: label, bodyLimit: Self.changeBytes)
        healthPath = Array(monitoring.healthCheck.path.utf8)
        metricsPath = Array(monitoring.metrics.path.utf8)
        isPublic = monitoring.listen == nil
    }

    /// The page that a request asks for, if it is one of ours, on a listener that shows it. Public ones by GET or HEAD:
    /// other methods are the rules' business.
    @inline(__always)
    func find(_ head: RequestHead, _ door: Door, _ gate: AdminGate) -> Plan? {
        if door == .admin { return findForOperators(head, gate) }
        guard door == .monitoring || isPublic, head.method == .get || head.method == .head else { return nil }
        let path = head.path
        if same(path, healthPath) { return health }
        if let metrics, same(path, metricsPath) { return metrics }
        return nil
    }

    private func findForOperators(_ head: RequestHead, _ gate: AdminGate) -> Plan? {
        let path = head.path
        if path.isExactly("/rpc"), gate.admits(head) { return rpcOfOperator }
        if head.method == .get || head.method == .head {
            if same(path, healthPath) { return health }
            if let metrics, same(path, metricsPath) { return metrics }
        }
        if path.isExactly("/config") || path.starts(with: "/config/".utf8) {
            return gate.admits(head) ? configOfOperator : config
        }
        if path.starts(with: "/agents/".utf8) { return agent }
        return operators.first {
            same(path, $0.path) && ($0.plan.local != .agents || head.method == .get || head.method == .head)
        }?.plan
    }

    @inline(__always)
    private func same(_ path: UnsafeRawBufferPointer, _ wanted: [UInt8]) -> Bool {
        path.count == wanted.count && path.elementsEqual(wanted)
    }
}
