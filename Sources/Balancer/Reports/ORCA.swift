/// The field `endpoint-load-metrics`: an Open Request Cost Aggregation report with an answer.
///
///     TEXT cpu_utilization=0.3, mem_utilization=0.8, named_metrics.queue_depth=4
///     JSON {"cpu_utilization": 0.3, "named_metrics": {"queue_depth": 4}}
///     BIN  the message `xds.data.orca.v3.OrcaLoadReport` in protobuf and base64
package enum ORCA {
    /// A longer value is not looked at.
    package static let longest = 8192

    /// Nil where the value is of none of the three forms, is broken, or says nothing that is known here.
    package static func parse(_ value: UnsafeRawBufferPointer) -> LoadReport? {
        let value = value.trimmed
        guard value.count <= longest else { return nil }
        let report: LoadReport?
        if let rest = value.after("text") {
            report = text(rest)
        } else if let rest = value.after("json") {
            report = LoadJSON.parse(rest)
        } else if let rest = value.after("bin") {
            report = ORCAMessage.parse(base64: rest)
        } else {
            report = nil
        }
        guard let report, !report.isEmpty else { return nil }
        return report
    }

    /// Pairs `name=value` or `name:value`, between commas. What cannot be read is passed over, as a new name may be.
    private static func text(_ value: UnsafeRawBufferPointer) -> LoadReport {
        var report = LoadReport()
        for pair in value.split(separator: 0x2C) {
            let pair = UnsafeRawBufferPointer(rebasing: pair).trimmed
            let mark = pair.lastIndex(of: 0x3D) ?? pair.lastIndex(of: 0x3A)
            guard let mark, let number = DecimalText.parse(pair.part(mark + 1, pair.count).trimmed) else { continue }
            let name = pair.part(0, mark).trimmed
            // `named_metrics.`, `utilization.`: maps of the message; costs of requests are none of ours
            guard let dot = name.firstIndex(of: 0x2E) else {
                report.take(named: name, number)
                continue
            }
            guard isMap(name.part(0, dot)) else { continue }
            report.take(named: name.part(dot + 1, name.count), number)
        }
        return report
    }

    /// The maps whose entries tell of the agent.
    static func isMap(_ name: UnsafeRawBufferPointer) -> Bool {
        ReportName.matches(name, "namedmetrics") || ReportName.matches(name, "utilization")
    }
}

extension UnsafeRawBufferPointer {
    /// What follows a word in any case and a blank; nil where it does not begin so.
    fileprivate func after(_ word: StaticString) -> UnsafeRawBufferPointer? {
        let length = word.utf8CodeUnitCount
        guard count > length, self[length].isBlank, ReportName.matches(part(0, length), word) else { return nil }
        return part(length + 1, count).trimmed
    }
}
