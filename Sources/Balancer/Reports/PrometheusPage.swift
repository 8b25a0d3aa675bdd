/// Reads an agent's load from its Prometheus page, text format 0.0.4; keeps what a counter said last.
package struct PrometheusPage: Sendable {
    /// A longer page is not looked at.
    package static let longest = 4 << 20

    /// The names to look for, in the order of preference, for each figure.
    package struct Names: Sendable, Equatable {
        package var cpu: [String]
        package var memory: [String]
        package var queueDepth: [String]
        package var utilization: [String]

        package init(
            cpu: [String] = [], memory: [String] = [], queueDepth: [String] = [], utilization: [String] = []
        ) {
            self.cpu = cpu
            self.memory = memory
            self.queueDepth = queueDepth
            self.utilization = utilization
        }
    }

    private struct Wanted {
        var name: [UInt8]
        var metric: ReportBoard.Metric
        /// Queues of one agent add up; of shares the largest counts.
        var sum = 0.0
        var largest = 0.0
        var isThere = false

        /// Counts of the seconds spent: their growth in a second is the share.
        var isCounter: Bool { name.hasSuffix("_total") }
        var scale: Double { name.hasSuffix("_percent") ? 0.01 : 1 }
    }

    private struct Reading {
        var value: Double
        var at: Int64
    }

    private let names: Names
    private var counters: [[UInt8]: Reading] = [:]

    package init(_ names: Names) {
        self.names = names
    }

    /// A counter was found, and says something by the next page.
    package var isCounting: Bool { !counters.isEmpty }

    /// What the page says, nil where it says nothing of what is looked for. A counter says something from the second
    /// page on.
    ///
    /// - Parameter now: when the page was fetched, in nanoseconds of a monotonic clock.
    package mutating func read(_ page: UnsafeRawBufferPointer, now: Int64) -> LoadReport? {
        guard page.count <= Self.longest else { return nil }
        var wanted = list()
        for line in page.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            Self.line(UnsafeRawBufferPointer(rebasing: line), &wanted)
        }
        var report = LoadReport()
        // The preferred name is taken last.
        for item in wanted.reversed() where item.isThere {
            guard let value = value(item, now) else { continue }
            report.take(item.metric, value * item.scale)
        }
        return report.isEmpty ? nil : report
    }

    private func list() -> [Wanted] {
        let all: [(ReportBoard.Metric, [String])] = [
            (.cpu, names.cpu), (.memory, names.memory), (.queueDepth, names.queueDepth),
            (.utilization, names.utilization),
        ]
        return all.flatMap { metric, names in names.map { Wanted(name: Array($0.utf8), metric: metric) } }
    }

    /// `name{labels} value [timestamp]`
    private static func line(_ line: UnsafeRawBufferPointer, _ wanted: inout [Wanted]) {
        let line = line.trimmed
        guard let first = line.first, first != 0x23 else { return }
        let end = line.firstIndex { $0 == 0x7B || $0.isBlank } ?? line.count
        let name = line.part(0, end)
        guard wanted.contains(where: { $0.name.count == end && name.elementsEqual($0.name) }) else { return }
        guard let start = afterLabels(line, end) else { return }
        let rest = line.part(start, line.count).trimmed
        let value = rest.part(0, rest.firstIndex(where: \.isBlank) ?? rest.count)
        guard let number = DecimalText.parse(value), number >= 0 else { return }
        for at in wanted.indices where name.elementsEqual(wanted[at].name) {
            wanted[at].sum += number
            wanted[at].largest = max(wanted[at].largest, number)
            wanted[at].isThere = true
        }
    }

    /// Behind `}`; values of labels may hold one, and escaped quotes.
    private static func afterLabels(_ line: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        guard start < line.count, line[start] == 0x7B else { return start }
        var at = start + 1
        var isQuoted = false
        while at < line.count {
            switch line[at] {
            case 0x5C where isQuoted: at += 1
            case 0x22: isQuoted.toggle()
            case 0x7D where !isQuoted: return at + 1
            default: break
            }
            at += 1
        }
        return nil
    }

    private mutating func value(_ item: Wanted, _ now: Int64) -> Double? {
        guard item.isCounter else { return item.metric == .queueDepth ? item.sum : item.largest }
        let before = counters.updateValue(Reading(value: item.sum, at: now), forKey: item.name)
        // A counter that fell began anew.
        guard let before, now > before.at, item.sum >= before.value else { return nil }
        return (item.sum - before.value) / (Double(now - before.at) / 1e9)
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ suffix: StaticString) -> Bool {
        guard count >= suffix.utf8CodeUnitCount else { return false }
        let tail = UnsafeBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount)
        return self.suffix(tail.count).elementsEqual(tail)
    }
}
