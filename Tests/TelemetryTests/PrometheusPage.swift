/// A strict reader of Prometheus' text form 0.0.4, for checking pages: it refuses what scrapers or promtool would.
struct PrometheusPage {
    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    private(set) var samples: [Sample] = []
    private(set) var kinds: [String: String] = [:]

    init(_ text: String) throws(Fault) {
        guard text.hasSuffix("\n") else { throw Fault(description: "the page does not end with a line feed") }
        var helped: Set<String> = []
        var closed: Set<String> = []
        var current = ""
        var seen: Set<String> = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("# HELP ") {
                let name = String(line.dropFirst(7).prefix { $0 != " " })
                guard helped.insert(name).inserted else { throw Fault(description: "two HELP lines for \(name)") }
                guard line.utf8.count > 8 + name.utf8.count else { throw Fault(description: "no help for \(name)") }
                if !current.isEmpty { closed.insert(current) }
                current = name
            } else if line.hasPrefix("# TYPE ") {
                let words = line.dropFirst(7).split(separator: " ")
                guard words.count == 2, String(words[0]) == current, kinds[current] == nil else {
                    throw Fault(description: "misplaced: \(line)")
                }
                guard ["counter", "gauge", "histogram"].contains(words[1]) else {
                    throw Fault(description: "kind: \(line)")
                }
                kinds[current] = String(words[1])
            } else {
                let sample = try Self.sample(line)
                guard seen.insert("\(sample.name)\(sample.labels.sorted { $0.key < $1.key })").inserted else {
                    throw Fault(description: "twice: \(line)")
                }
                let family = try self.family(of: sample)
                guard family == current, !closed.contains(family) else {
                    throw Fault(description: "out of place: \(line)")
                }
                if kinds[family] == "counter" {
                    guard family.hasSuffix("_total"), sample.value >= 0 else {
                        throw Fault(description: "counter: \(line)")
                    }
                }
                samples.append(sample)
            }
        }
        for (name, kind) in kinds where kind == "histogram" { try checkHistogram(name) }
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private func family(of sample: Sample) throws(Fault) -> String {
        if kinds[sample.name] == "counter" || kinds[sample.name] == "gauge" { return sample.name }
        for suffix in ["_bucket", "_sum", "_count"] where sample.name.hasSuffix(suffix) {
            let name = String(sample.name.dropLast(suffix.count))
            if kinds[name] == "histogram" { return name }
        }
        throw Fault(description: "a sample without a family: \(sample.name)")
    }

    private static func sample(_ line: Substring) throws(Fault) -> Sample {
        let fault = Fault(description: "no sample: \(line)")
        let name = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
        guard let first = name.first, !first.isNumber else { throw fault }
        var rest = line.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            while rest.first != "}" {
                let label = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                rest = rest.dropFirst(label.count)
                guard !label.isEmpty, rest.hasPrefix("=\"") else { throw fault }
                rest = rest.dropFirst(2)
                var value = ""
                while let character = rest.popFirst(), character != "\"" {
                    guard character == "\\" else {
                        value.append(character)
                        continue
                    }
                    switch rest.popFirst() {
                    case "n": value.append("\n")
                    case "\\": value.append("\\")
                    case "\"": value.append("\"")
                    default: throw fault
                    }
                }
                guard labels.updateValue(value, forKey: String(label)) == nil else { throw fault }
                if rest.first == "," { rest.removeFirst() } else if rest.first != "}" { throw fault }
            }
            rest.removeFirst()
        }
        guard rest.first == " " else { throw fault }
        let text = rest.dropFirst()
        guard let value = text == "+Inf" ? .infinity : Double(text) else { throw fault }
        return Sample(name: String(name), labels: labels, value: value)
    }

    private func checkHistogram(_ name: String) throws(Fault) {
        var series: [[String: String]: [(border: Double, count: Double)]] = [:]
        for sample in samples where sample.name == name + "_bucket" {
            var labels = sample.labels
            guard let text = labels.removeValue(forKey: "le"), let border = text == "+Inf" ? .infinity : Double(text)
            else {
                throw Fault(description: "a bucket without a border: \(sample)")
            }
            series[labels, default: []].append((border, sample.value))
        }
        for (labels, buckets) in series {
            for (one, next) in zip(buckets, buckets.dropFirst())
            where one.border >= next.border || one.count > next.count {
                throw Fault(description: "buckets of \(labels) do not ascend")
            }
            guard buckets.last?.border == .infinity, value(name + "_count", labels) == buckets.last?.count,
                value(name + "_sum", labels) != nil
            else { throw Fault(description: "the histogram of \(labels) is not whole") }
        }
    }
}
