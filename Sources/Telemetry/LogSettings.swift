package import Settings

/// `logging`: access lines and messages.
package struct LogSettings: Section {
    package var level = LogLevel.info
    package var format = LogFormat.json
    package var accessLog = true
    package var outputs: [OutputSettings] = []
    package var sampling = SamplingSettings()

    package init() {}

    package static let keys: [Key<LogSettings>] = [
        .value("level", \.level, "messages below it are left out; any case"),
        .value("format", \.format, "form of messages; access lines are always JSON"),
        .value("accessLog", \.accessLog, "one line for each request"),
        .list("outputs", \.outputs, "where lines go; none: standard error"),
        .section("sampling", \.sampling, "fewer lines where one repeats"),
    ]

    package static func check(_ value: LogSettings, _ node: Node, _ reading: inout Reading) {
        var files: Set<String> = []
        for (index, output) in value.outputs.enumerated() where output.type == .file {
            guard let path = output.path, !files.insert(path).inserted else { continue }
            let position = node["outputs"]?.elements?[index].position ?? node.position
            reading.under("outputs") { reading in
                reading.under("[\(index)]") {
                    $0.error(position, "a second output that writes '\(path)'; expected a file of its own for each")
                }
            }
        }
    }
}

/// The form of messages.
package enum LogFormat: String, Variant {
    case json, text

    package static var noun: String { "format" }
}

/// `logging.sampling`: of lines with one message, the first `initial` in a second and every `thereafter`-th after.
package struct SamplingSettings: Section {
    package var enabled = false
    package var initial = 100
    package var thereafter = 1000

    package init() {}

    package static let keys: [Key<SamplingSettings>] = [
        .value("enabled", \.enabled, "repeated lines are thinned out"),
        .value(
            "initial", \.initial, "lines with one message that are written each second",
            check: Check.range(0...1_000_000)),
        .value(
            "thereafter", \.thereafter, "of those beyond, one in so many is written; 0 is none",
            check: Check.range(0...1_000_000_000)),
    ]
}
