/// A page of metrics in Prometheus' text form, version 0.0.4, as it is being written.
///
/// A family's samples follow its `family` call, all of them, before the next family begins.
package struct Exposition: ~Copyable {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var page = LineBuffer(capacity: 16 * 1024)

    package init() {}

    package var bytes: [UInt8] { Array(page.bytes) }

    package mutating func family(_ metric: Metric) {
        page.append("# HELP ")
        page.append(text: metric.name)
        page.append(byte: UInt8(ascii: " "))
        escape(metric.help, quotes: false)
        page.append("\n# TYPE ")
        page.append(text: metric.name)
        page.append(byte: UInt8(ascii: " "))
        page.append(text: metric.kind.rawValue)
        page.append(byte: UInt8(ascii: "\n"))
    }

    package mutating func sample(_ metric: Metric, _ labels: [(name: String, value: String)], _ number: Int) {
        head(metric.name, "", labels)
        page.append(decimal: number)
        page.append(byte: UInt8(ascii: "\n"))
    }

    package mutating func sample(_ metric: Metric, _ labels: [(name: String, value: String)], _ number: Double) {
        head(metric.name, "", labels)
        page.append(text: Self.text(number))
        page.append(byte: UInt8(ascii: "\n"))
    }

    /// The lines of one histogram: a cumulated count for each border, `+Inf`, sum and count.
    ///
    /// - Parameter buckets: the observations of each bucket alone; one more than there are borders.
    package mutating func histogram(
        _ metric: Metric, _ labels: [(name: String, value: String)], borders: [Double], buckets: [Int], nanoseconds: Int
    ) {
        var sum = 0
        for (index, count) in buckets.enumerated() {
            sum += count
            let border = index < borders.count ? Self.text(borders[index]) : "+Inf"
            head(metric.name, "_bucket", labels + [("le", border)])
            page.append(decimal: sum)
            page.append(byte: UInt8(ascii: "\n"))
        }
        head(metric.name, "_sum", labels)
        page.append(decimal: nanoseconds / 1_000_000_000)
        page.append(byte: UInt8(ascii: "."))
        page.append(nanoseconds % 1_000_000_000, digits: 9)
        page.append(byte: UInt8(ascii: "\n"))
        head(metric.name, "_count", labels)
        page.append(decimal: sum)
        page.append(byte: UInt8(ascii: "\n"))
    }

    private mutating func head(_ name: String, _ suffix: StaticString, _ labels: [(name: String, value: String)]) {
        page.append(text: name)
        page.append(suffix)
        for (index, label) in labels.enumerated() {
            page.append(byte: UInt8(ascii: index == 0 ? "{" : ","))
            page.append(text: label.name)
            page.append("=\"")
            escape(label.value, quotes: true)
            page.append(byte: UInt8(ascii: "\""))
        }
        if !labels.isEmpty { page.append(byte: UInt8(ascii: "}")) }
        page.append(byte: UInt8(ascii: " "))
    }

    /// Backslash and line feed are escaped in help texts; the quote too in label values. All else is UTF-8 as it is.
    private mutating func escape(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): page.append("\\\\")
            case UInt8(ascii: "\n"): page.append("\\n")
            case UInt8(ascii: "\"") where quotes: page.append("\\\"")
            default: page.append(byte: byte)
            }
        }
    }

    /// `0.005`, `1`, `+Inf`: whole numbers without a fraction, as Prometheus' own clients write borders.
    private static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number > 0 ? "+Inf" : "-Inf" }
        if let whole = Int(exactly: number), abs(whole) < 1 << 53 { return String(whole) }
        return "\(number)"
    }
}
