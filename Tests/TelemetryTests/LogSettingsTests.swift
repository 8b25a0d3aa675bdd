import Settings
import Telemetry
import Testing

@Suite("Logging is configured in any case of letters, and each output with what it needs")
struct LogSettingsTests {
    @Test(
        "levels",
        arguments: [
            ("info", LogLevel.info), ("INFO", .info), ("Info", .info), ("iNfO", .info), ("warn", .warning),
            ("WARN", .warning), ("Warning", .warning), ("fatal", .critical), ("FATAL", .critical),
            ("critical", .critical),
            ("trace", .trace), ("Debug", .debug), ("notice", .notice), ("ERROR", .error),
        ])
    func levels(spelling: String, level: LogLevel) throws {
        let (value, problems) = try decoded(LogSettings.self, "{level: '\(spelling)'}")
        #expect(problems.isEmpty)
        #expect(value.level == level)
    }

    @Test("levels ascend, and have syslog's severities")
    func order() {
        #expect(LogLevel.allCases == LogLevel.allCases.sorted())
        #expect(LogLevel.allCases.map(\.severity) == [7, 7, 6, 5, 4, 3, 2])
    }

    @Test(
        "syslog targets",
        arguments: [
            ("{type: 'syslog'}", SyslogTarget.unix(path: "/dev/log")),
            ("{type: 'syslog', address: 'logs.example.com'}", .udp(host: "logs.example.com", port: 514)),
            ("{type: 'syslog', network: 'tcp', address: 'localhost:514'}", .tcp(host: "localhost", port: 514)),
            ("{type: 'syslog', network: 'tcp', address: '[::1]:6514'}", .tcp(host: "::1", port: 6514)),
            ("{type: 'syslog', network: 'udp', address: '[::1]'}", .udp(host: "::1", port: 514)),
            ("{type: 'syslog', network: 'unix', address: '/run/log'}", .unix(path: "/run/log")),
            ("{type: 'syslog', network: 'unix', address: 'unix:/run/log'}", .unix(path: "/run/log")),
        ])
    func targets(text: String, target: SyslogTarget) throws {
        let (value, problems) = try decoded(OutputSettings.self, text)
        #expect(problems.isEmpty)
        #expect(value.syslogTarget == target)
    }

    @Test(
        "what is wrong is an error",
        arguments: [
            ("{outputs: [{}]}", "is missing"), ("{outputs: [{type: 'file'}]}", "is missing"),
            ("{outputs: [{type: 'file', path: ''}]}", "must not be empty"),
            ("{outputs: [{type: 'fiel'}]}", "did you mean 'file'"),
            ("{outputs: [{type: 'file', path: '/a', maxSize: '1KB'}]}", "at least 4KiB"),
            ("{outputs: [{type: 'file', path: '/a', maxBackups: -1}]}", "expected 0 to"),
            ("{outputs: [{type: 'file', path: '/a'}, {type: 'file', path: '/a'}]}", "writes '/a'"),
            ("{outputs: [{type: 'syslog', network: 'tcp'}]}", "expected host:port"),
            ("{outputs: [{type: 'syslog', network: 'tcp', address: 'host:0'}]}", "expected host:port"),
            ("{outputs: [{type: 'syslog', network: 'tcp', address: 'a:b:1'}]}", "expected host:port"),
            ("{outputs: [{type: 'syslog', network: 'unix', address: 'log'}]}", "path of a socket"),
            ("{sampling: {initial: -1}}", "expected 0 to"), ("{level: 'loud'}", "no level 'loud'"),
        ])
    func wrong(text: String, words: String) throws {
        let problems = try decoded(LogSettings.self, text).problems
        #expect(problems.count == 1, "\(problems.map(\.description))")
        #expect(problems.first?.severity == .error)
        #expect(problems.first?.message.contains(words) == true, "\(problems.map(\.description))")
    }
}
