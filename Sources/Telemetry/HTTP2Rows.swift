/// The lines on HTTP/2 connections of clients.
extension MetricsPage {
    static func writeHTTP2(_ sum: Snapshot, to page: inout Exposition) {
        let totals: [(Metric, Tally)] = [
            (MetricNames.http2Connections, .http2Connections), (MetricNames.http2Requests, .http2Requests),
            (MetricNames.http2Resets, .http2Resets), (MetricNames.http2Malformed, .http2Malformed),
        ]
        for (metric, tally) in totals {
            page.family(metric)
            page.sample(metric, [], sum[tally])
        }
        page.family(MetricNames.http2Faults)
        for fault in Tally.http2Faults { page.sample(MetricNames.http2Faults, [("reason", fault.label)], sum[fault.tally]) }
    }
}
