package import Logging
import Telemetry

/// The handler of swift-log: a message with its facts becomes one line in the sink.
///
/// Messages are static text, facts are metadata: then lines can be counted, sampled and searched. The level is the
/// sink's, which changes while running, unless a logger was given one of its own.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let sink: LogSink
    private var ownLevel: Logger.Level?

    package init(label: String, sink: LogSink, metadataProvider: Logger.MetadataProvider? = nil) {
        self.label = label
        self.sink = sink
        self.metadataProvider = metadataProvider
    }

    package var logLevel: Logger.Level {
        get { ownLevel ?? Logger.Level(sink.level) }
        set { ownLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let now = LogClock.now()
        let level = LogLevel(event.level)
        let message = event.message.description
        guard sink.admits(level: level, message: message, second: now.unixMilliseconds / 1000) else { return }
        var line = MessageLine()
        var buffer = LineBuffer(capacity: 512)
        line.append(
            unixMilliseconds: now.unixMilliseconds, level: level, message: message, facts: facts(of: event),
            format: sink.format, to: &buffer)
        sink.write(buffer.bytes, level: level)
    }

    /// The logger's own facts, the provider's, and the event's; the later wins. In order of their names.
    private func facts(of event: LogEvent) -> [(name: String, value: String)] {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        var facts = all.sorted { $0.key < $1.key }.map { (name: Self.name($0.key), value: $0.value.description) }
        if let error = event.error { facts.append(("error", String(describing: error))) }
        if !label.isEmpty { facts.append(("logger", label)) }
        return facts
    }

    /// A fact may not take the place of the line's own keys.
    private static func name(_ key: String) -> String {
        ["time", "level", "message", "logger"].contains(key) ? "_" + key : key
    }
}

extension LogLevel {
    init(_ level: Logger.Level) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }
}

extension Logger.Level {
    init(_ level: LogLevel) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }
}
