import Balancer
import Settings
import Testing

/// The key `loadBalancing.adaptive`.
@Suite("the settings of adaptive")
struct AdaptiveSettingsTests {
    @Test("read the owner's document, whose values are the defaults")
    func owners() throws {
        let (settings, problems) = try read(
            AdaptiveSettings.self,
            """
            {"metrics": ["cpu", "memory", "latency", "queue_depth"], "updateInterval": "5s", "historyWindow": "1m",
             "weights": {"cpu": 0.3, "memory": 0.2, "latency": 0.35, "queue_depth": 0.15}}
            """)
        #expect(problems.isEmpty && settings == AdaptiveSettings())
    }

    @Test(
        "read other spellings",
        arguments: [
            "{metrics: ['queueDepth'], update_interval: '1s', weights: {queueDepth: 1}}",
            "{metrics: ['queue-depth'], updateInterval: '1s', weights: {'queue-depth': 1}}",
            "{metrics: ['queue_depth'], updateInterval: '1s', weights: {queue_depth: 1}}",
        ])
    func spellings(_ text: String) throws {
        let (settings, problems) = try read(AdaptiveSettings.self, text)
        #expect(problems.isEmpty)
        #expect(settings.metrics == [.queueDepth] && settings.weights.queueDepth == 1)
        #expect(settings.updateInterval == .seconds(1))
    }

    @Test("refuse a metric that there is not, and suggest one")
    func unknownMetric() throws {
        let problems = try read(AdaptiveSettings.self, "{metrics: ['latencies']}").problems
        #expect(problems == ["error test.json:1:12 metrics[0]: no metric 'latencies'; did you mean 'latency'?"])
        #expect(try read(AdaptiveSettings.self, "{weights: {disk: 1}}").problems.count == 1)
    }

    @Test(
        "refuse what cannot be meant",
        arguments: [
            "{weights: {cpu: -1}}", "{updateInterval: '0s'}", "{historyWindow: '10ms'}",
            "{metrics: ['cpu'], weights: {cpu: 0}}",
        ])
    func refused(_ text: String) throws {
        let problems = try read(AdaptiveSettings.self, text).problems
        #expect(problems.count == 1 && problems[0].hasPrefix("error"), "\(problems)")
    }
}
