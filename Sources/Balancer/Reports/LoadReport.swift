/// What an agent says of its own load, by one source at one moment. What it does not say is nil.
package struct LoadReport: Sendable, Equatable {
    /// 0...1.
    package var cpu: Double?
    package var memory: Double?
    /// Requests that wait in the agent.
    package var queueDepth: Double?
    /// `application_utilization` of ORCA: 0 and above, 1 is full.
    package var utilization: Double?
    /// Requests and errors a second, as the agent counts them.
    package var rps: Double?
    package var eps: Double?

    package init(
        cpu: Double? = nil, memory: Double? = nil, queueDepth: Double? = nil, utilization: Double? = nil,
        rps: Double? = nil, eps: Double? = nil
    ) {
        self.cpu = cpu
        self.memory = memory
        self.queueDepth = queueDepth
        self.utilization = utilization
        self.rps = rps
        self.eps = eps
    }

    package var isEmpty: Bool { self == LoadReport() }
}
