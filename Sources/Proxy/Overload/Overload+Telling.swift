internal import Synchronization
internal import Telemetry

extension Overload {
    /// For the page of metrics.
    var gauge: OverloadGauge {
        let facts = self.facts
        var gauge = OverloadGauge()
        gauge.level = facts.level.rawValue
        gauge.reasons = OverloadMonitor.Resource.allCases.map { ("\($0)", facts.reason == $0) }
        gauge.shed = zip(OverloadMonitor.Level.allCases, shed).dropFirst().map { ("\($0)", $1) }
        gauge.idleClosed = idleClosed.load(ordering: .relaxed)
        gauge.acceptPauses = acceptPauses.load(ordering: .relaxed)
        gauge.memoryLimit = facts.readings.memoryLimit
        gauge.descriptors = facts.readings.descriptors
        gauge.descriptorLimit = facts.readings.descriptorLimit
        gauge.lagSeconds = Double(facts.readings.lag) / 1e9
        return gauge
    }
}

/// Whether the proxy has too much to do.
extension Doctor {
    @Sendable static func overload(_ seen: Examination) -> [Finding] {
        guard let facts = seen.overload else { return [] }
        let readings = facts.readings
        let memory =
            readings.memoryLimit > 0
            ? "memory \(Overload.size(readings.memory)) of \(Overload.size(readings.memoryLimit))"
                + (facts.isConfigured ? "" : " (of the control group)")
            : "memory \(Overload.size(readings.memory)), no limit"
        if facts.level != .normal {
            let remedy =
                switch facts.reason {
                case .memory: "raise performance.maxMemory or the container's limit, keep less (cache.layers), or add a replica"
                case .descriptors: "raise the limit of open files: LimitNOFILE= of the unit, --ulimit nofile=, ulimit -n"
                default: "add cores (performance.workerThreads) or a replica; look for what else runs on this machine"
                }
            return [.error("overload", "requests are turned away (level \(facts.level)): \(facts.text)", remedy: remedy)]
        }
        if facts.isAcceptHeld {
            return [
                .error(
                    "overload", "no client is accepted: \(readings.descriptors) of \(readings.descriptorLimit) files are open",
                    remedy: "raise the limit of open files: LimitNOFILE= of the unit, --ulimit nofile=, ulimit -n")
            ]
        }
        return [.ok("overload", "none; \(memory)")]
    }
}
