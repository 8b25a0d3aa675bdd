internal import Balancer
internal import Wire

/// What an agent says of its load with an answer.
extension Exchange {
    /// One loop reads one agent's reports no closer together than this, in nanoseconds: nothing that is decided by them
    /// changes faster, and an agent of many small answers costs no more.
    private static let reportPause: Int64 = 10_000_000
    /// An agent that has answered nothing for three times this has no known load: `ReportBoard.Entry.isFresh`.
    private static let reportPeriod: Int64 = 1_000_000_000

    /// Called where the field is there.
    func takeLoadReport() {
        guard plan?.takesReports == true, agentIndex >= 0, let upstream = target?.upstreams[agentIndex] else { return }
        let now = loop.now
        guard now &- Self.reportPause >= upstream.lastReport else { return }
        upstream.lastReport = now
        guard let report = ORCA.parse(answer.lines.value(answer.lines.fields[answer.loadMetricsField])) else { return }
        upstream.agent.state.report(report, from: .header, period: Self.reportPeriod, now: now)
    }
}
