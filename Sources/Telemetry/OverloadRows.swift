/// What the page of metrics tells of how much the process has to do.
package struct OverloadGauge: Sendable {
    /// 0 normal, 1 to 3: more is turned away.
    package var level = 0
    /// What it is for; each has a line, 1 for that one.
    package var reasons: [(name: String, isIt: Bool)] = []
    /// By the level at which they were turned away.
    package var shed: [(level: String, count: Int)] = []
    package var idleClosed = 0
    package var acceptPauses = 0
    /// Bytes; 0: no limit.
    package var memoryLimit = 0
    package var descriptors = 0
    package var descriptorLimit = 0
    package var lagSeconds = 0.0

    package init() {}
}

extension MetricsPage {
    static func writeOverload(_ overload: OverloadGauge, to page: inout Exposition) {
        page.family(MetricNames.overloadLevel)
        page.sample(MetricNames.overloadLevel, [], overload.level)
        page.family(MetricNames.overloadReason)
        for reason in overload.reasons {
            page.sample(MetricNames.overloadReason, [("resource", reason.name)], reason.isIt ? 1 : 0)
        }
        page.family(MetricNames.overloadShed)
        for shed in overload.shed { page.sample(MetricNames.overloadShed, [("level", shed.level)], shed.count) }
        let numbers: [(Metric, Int)] = [
            (MetricNames.overloadIdleClosed, overload.idleClosed),
            (MetricNames.overloadAcceptPauses, overload.acceptPauses), (MetricNames.memoryLimit, overload.memoryLimit),
            (MetricNames.descriptors, overload.descriptors), (MetricNames.descriptorLimit, overload.descriptorLimit),
        ]
        for (metric, number) in numbers {
            page.family(metric)
            page.sample(metric, [], number)
        }
        page.family(MetricNames.loopLag)
        page.sample(MetricNames.loopLag, [], overload.lagSeconds)
    }
}
