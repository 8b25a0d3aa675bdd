import Access
import Foundation
import Proxy
import Routing
import Settings
import Telemetry
import Testing

/// Where the shared material lies: beside the package, or where CLAWPROXY_SHARED says.
private let shared: URL = {
    if let path = ProcessInfo.processInfo.environment["CLAWPROXY_SHARED"] { return URL(fileURLWithPath: path) }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return root.deletingLastPathComponent().appendingPathComponent("shared")
}()

private func load(_ text: String, environment: [String: String] = [:]) -> Configuration<GatewaySettings> {
    Configuration<GatewaySettings>.load(
        Inputs(configFiles: ["test.json"], environment: environment) { path in
            path == "test.json" ? .bytes(Array(text.utf8)) : .missing
        })
}

private func loadOwners(_ name: String) throws -> Configuration<GatewaySettings> {
    let data = try Data(contentsOf: shared.appendingPathComponent("owner-configs/\(name).json"))
    return load(String(decoding: data, as: UTF8.self), environment: ["REDIS_PASSWORD": "x"])
}

private func list(_ problems: [Problem]) -> Set<String> {
    Set(problems.map { "\($0.severity): \($0.path)" })
}

@Suite("Every document of the owner loads, and says what this version does not do yet")
struct OwnerDocumentTests {
    static let expected: [(String, Set<String>)] = [
        ("agents", []),
        ("budget", ["warning: gateway.budget"]),
        ("cache", []),
        ("http", ["unready: gateway.http.tls.cert"]),
        ("load-balancing", []),
        ("logging", []),
        ("model-fallback", []),
        ("model-routing", []),
        ("monitoring", ["warning: gateway.monitoring.openTelemetry"]),
        ("multi-tenant", ["warning: gateway.multiTenant"]),
        (
            "production",
            [
                "unready: gateway.http.tls.cert",
                "warning: gateway.monitoring.openTelemetry",
            ]
        ),
        ("rate-limiting", []),
        ("request-cache", []),
        (
            "routing",
            [
                "warning: gateway.routing.rules[0].target", "warning: gateway.routing.rules[0].fallback",
                "warning: gateway.routing.rules[1].target", "warning: gateway.routing.rules[2].target", "warning: gateway.routing.rules[2].requiresAuth",
            ]
        ),
        ("task-priority", []),
    ]

    @Test("exactly the expected warnings, each once", arguments: expected)
    func warnings(name: String, expected: Set<String>) throws {
        let configuration = try loadOwners(name)
        #expect(configuration.isValid)
        #expect(list(configuration.problems) == expected, "\(configuration.problems.map(\.description))")
        #expect(configuration.problems.count == expected.count)
    }

    @Test("no document is missing from the table")
    func complete() throws {
        let folder = shared.appendingPathComponent("owner-configs").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
        #expect(Set(names) == Set(Self.expected.map { $0.0 + ".json" }))
    }

    @Test(
        "what asks for protection that is not there yet may be checked, but not run", arguments: ["production", "http"])
    func unready(name: String) throws {
        let configuration = try loadOwners(name)
        #expect(configuration.isValid && !configuration.isReady)
    }

    @Test("the values are read as they are written")
    func values() throws {
        let production = try loadOwners("production").root
        #expect(production.http.listen.values == [.tcp(host: "0.0.0.0", port: 8443)])
        #expect(production.http.timeouts.write == .seconds(120) && production.http.timeouts.idle == .seconds(300))
        #expect(production.performance.workerThreads == 16 && production.performance.eventLoop == .ioUring)
        #expect(production.logging.outputs.first?.maxSize.bytes == 500_000_000)
        #expect(production.logging.outputs.first?.maxBackups == 14)
        let logging = try loadOwners("logging").root.logging
        #expect(logging.outputs.map(\.type) == [.file, .syslog])
        #expect(logging.outputs.last?.syslogTarget == .tcp(host: "localhost", port: 514))
        #expect(logging.sampling.enabled && logging.sampling.thereafter == 1000)
        let monitoring = try loadOwners("monitoring").root.monitoring
        #expect(monitoring.buckets == [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5])
        #expect(monitoring.healthCheck.detailed)
    }
}

@Suite("The defaults are those that the reading of the keys gives")
struct DefaultSettingsTests {
    @Test("nothing configured is no problem at all")
    func empty() {
        let configuration = load("{}")
        #expect(configuration.problems.isEmpty)
        #expect(configuration.root == GatewaySettings())
    }

    @Test("times, limits, addresses")
    func values() {
        let root = GatewaySettings()
        #expect(root.http.listen.values == [.tcp(host: "0.0.0.0", port: 8080)])
        #expect(root.admin.listen == .tcp(host: "127.0.0.1", port: 18790))
        let timeouts = root.http.timeouts
        #expect(timeouts.read == .seconds(30) && timeouts.write == .seconds(60) && timeouts.idle == .seconds(120))
        #expect(timeouts.header == .seconds(10) && timeouts.connect == .seconds(10))
        #expect(timeouts.firstByte == .seconds(300) && timeouts.streamGap == .seconds(300))
        #expect(timeouts.tunnelIdle == .seconds(3600) && timeouts.shutdown == .seconds(30))
        let limits = root.http.limits
        #expect(limits.headerBytes.bytes == 32_768 && limits.headerCount == 100 && limits.targetBytes.bytes == 8192)
        #expect(limits.bodyBytes.bytes == 52_428_800 && limits.maxConnections == 10_000)
        #expect(limits.connectionsPerAddress == 0 && limits.minRate.bytes == 1000)
        #expect(root.performance.maxConcurrentRequests == 10_000 && root.performance.bodyMemory.bytes == 268_435_456)
        #expect(root.monitoring.metrics.path == "/metrics" && root.monitoring.healthCheck.path == "/health")
        #expect(root.monitoring.buckets.last == 300)
        #expect(root.admin.writesPerMinute == 30 && root.logging.accessLog && root.logging.level == .info)
    }
}

@Suite("What two parts of a configuration say must agree")
struct CrossCheckTests {
    @Test(
        "two listeners on one port are an error",
        arguments: [
            ("{http: {listen: '127.0.0.1:18790'}}", "gateway.admin.listen"),
            ("{http: {listen: ':18790'}}", "gateway.admin.listen"),
            ("{http: {listen: '[::]:18790'}}", "gateway.admin.listen"),
            ("{http: {listen: 'localhost:18790'}}", "gateway.admin.listen"),
            ("{admin: {listen: '127.0.0.1:8080'}}", "gateway.admin.listen"),
            ("{http: {listen: ['0.0.0.0:80', '[::]:80']}}", "gateway.http.listen[1]"),
            ("{http: {listen: 'unix:/run/a'}, admin: {listen: 'unix:/run/a'}}", "gateway.admin.listen"),
            ("{monitoring: {listen: '127.0.0.1:8080'}}", "gateway.monitoring.listen"),
            ("{monitoring: {listen: '127.0.0.1:18790'}}", "gateway.admin.listen"),
        ])
    func overlaps(text: String, path: String) {
        let problems = load(text).problems
        #expect(list(problems) == ["error: \(path)"], "\(problems.map(\.description))")
        #expect(problems.allSatisfy { $0.position.line == 1 })
    }

    @Test(
        "listeners apart are none",
        arguments: [
            "{http: {listen: ['127.0.0.1:80', '127.0.0.2:80', '[::1]:80']}}",
            "{http: {listen: ['127.0.0.1:0', '127.0.0.1:0']}, admin: {listen: '127.0.0.1:0'}}",
            "{http: {listen: ['0.0.0.0:80', '[::1]:80']}}", "{monitoring: {listen: '127.0.0.1:9100'}}",
        ])
    func apart(text: String) {
        #expect(load(text).problems.isEmpty)
    }

    private static let agents =
        "agents: {discovery: {static: [{id: 'chat-1', endpoint: 'http://127.0.0.1:1', tags: ['chat'], pool: 'main'}]}}"

    @Test(
        "a target that nobody bears is a warning",
        arguments: [
            ("'chta-1'", "did you mean 'chat-1'"), ("'tag:code'", "no tag 'code'"), ("'pool:other'", "no pool 'other'"),
            ("'agent:main'", "no agent 'main'"),
            ("[{target: 'tag:chat', weight: 9}, {target: 'tag:x', weight: 1}]", "no tag 'x'"),
        ])
    func unknownTargets(target: String, words: String) {
        let rule = "{name: 'r', match: {type: 'prefix', pattern: '/'}, target: \(target)}"
        let problems = load("{\(Self.agents), routing: {rules: [\(rule)]}}").problems
        #expect(list(problems) == ["warning: gateway.routing.rules[0].target"], "\(problems.map(\.description))")
        #expect(problems.first?.message.contains(words) == true, "\(problems.map(\.description))")
        let asDefault = load("{\(Self.agents), routing: {default: \(target)}}").problems
        #expect(list(asDefault) == ["warning: gateway.routing.default"])
    }

    @Test(
        "targets that somebody bears are none",
        arguments: ["chat-1", "agent:chat-1", "tag:chat", "pool:main", "chat", "main"])
    func knownTargets(target: String) {
        let rule = "{name: 'r', match: {type: 'prefix', pattern: '/'}, target: '\(target)', fallback: '\(target)'}"
        let problems = load("{\(Self.agents), routing: {rules: [\(rule)], default: '\(target)'}}").problems
        #expect(problems.isEmpty, "\(problems.map(\.description))")
    }

    @Test("a fallback that nobody bears is a warning too")
    func unknownFallback() {
        let rule = "{name: 'r', match: {type: 'prefix', pattern: '/'}, target: 'chat-1', fallback: ['chat', 'nobody']}"
        let problems = load("{\(Self.agents), routing: {rules: [\(rule)]}}").problems
        #expect(list(problems) == ["warning: gateway.routing.rules[0].fallback"])
    }

    @Test("a rule that wants a token where none is configured is a warning that names 401")
    func noTokens() {
        let rule = "{name: 'r', match: {type: 'prefix', pattern: '/'}, target: 'chat-1', requiresAuth: true}"
        let problems = load("{\(Self.agents), routing: {rules: [\(rule)]}}").problems
        #expect(list(problems) == ["warning: gateway.routing.rules[0].requiresAuth"])
        #expect(problems.first?.message.contains("401") == true)
        let tokens = "auth: {tokens: [{name: 'a', token: 'secret'}]}"
        #expect(load("{\(Self.agents), \(tokens), routing: {rules: [\(rule)]}}").problems.isEmpty)
    }

    @Test(
        "protection that is switched off is no protection asked for",
        arguments: [
            ("{http: {tls: {enabled: true}}}", "error: gateway.http.tls.enabled"),
            ("{http: {tls: {cert: '/a', key: '/b'}}}", "unready: gateway.http.tls.cert"),
        ])
    func protection(text: String, problem: String) {
        #expect(list(load(text).problems) == [problem])
    }

    @Test(
        "values out of bounds are errors at their place",
        arguments: [
            ("{http: {limits: {targetBytes: '64KiB'}}}", "gateway.http.limits.targetBytes"),
            ("{http: {limits: {headerCount: 0}}}", "gateway.http.limits.headerCount"),
            ("{http: {timeouts: {read: '0s'}}}", "gateway.http.timeouts.read"),
            ("{performance: {workerThreads: -1}}", "gateway.performance.workerThreads"),
            ("{performance: {eventLoop: 'kqueue'}}", "gateway.performance.eventLoop"),
            ("{monitoring: {histogramBuckets: [1, 1]}}", "gateway.monitoring.histogramBuckets"),
            ("{monitoring: {histogramBuckets: []}}", "gateway.monitoring.histogramBuckets"),
            ("{monitoring: {metrics: {histogramBuckets: [2, 1]}}}", "gateway.monitoring.metrics.histogramBuckets"),
            ("{monitoring: {metrics: {path: 'metrics'}}}", "gateway.monitoring.metrics.path"),
            ("{monitoring: {metrics: {path: '/health'}}}", "gateway.monitoring"),
            ("{admin: {writesPerMinute: -1}}", "gateway.admin.writesPerMinute"),
            ("{http: {rateLimit: {}}}", "gateway.http.rateLimit"),
            ("{http: {rateLimit: {burst: 5}}}", "gateway.http.rateLimit"),
            ("{http: {rateLimit: {requestsPerMinute: 0}}}", "gateway.http.rateLimit.requestsPerMinute"),
            ("{http: {rateLimit: {requestsPerMinute: -5}}}", "gateway.http.rateLimit.requestsPerMinute"),
            ("{http: {rateLimit: {requestsPerMinute: 5, burst: 0}}}", "gateway.http.rateLimit.burst"),
            ("{http: {rateLimit: {rate: '0r/s'}}}", "gateway.http.rateLimit.rate"),
            ("{http: {rateLimit: {rate: '10r/d'}}}", "gateway.http.rateLimit.rate"),
            ("{http: {rateLimit: {requestsPerMinute: 5, rate: '1r/s'}}}", "gateway.http.rateLimit"),
            ("{http: {rateLimit: {rate: '1r/s', key: 'cookie:a'}}}", "gateway.http.rateLimit.key"),
        ])
    func bounds(text: String, path: String) {
        let problems = load(text).problems
        #expect(list(problems) == ["error: \(path)"], "\(problems.map(\.description))")
    }
}
