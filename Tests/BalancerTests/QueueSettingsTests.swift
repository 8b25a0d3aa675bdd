import Balancer
import Settings
import Testing

@Suite("settings of queues and priorities")
struct QueueSettingsTests {
    @Test("the owner's priorities are read as they stand")
    func owners() throws {
        let (value, problems) = try read(
            TaskPrioritySettings.self,
            """
            {"levels": {"critical": 0, "high": 1, "normal": 2, "low": 3, "background": 4},
             "source_mapping": {"feishu_direct_message": "high", "feishu_group_mention": "normal", "cron_job": "low",
               "api_call": "normal", "manual_trigger": "high"},
             "preemption": {"enabled": true, "allow_preempt_levels": ["critical"], "preempt_threshold": 2}}
            """)
        #expect(problems.isEmpty, "\(problems)")
        #expect(value.levels == TaskPrioritySettings().levels)
        #expect(value.preemption == PreemptionSettings())
        let priorities = TaskPriorities(value)
        #expect(priorities.levels.map(\.name) == ["critical", "high", "normal", "low", "background"])
        #expect(priorities.level(source: "manual_trigger")?.number == 1)
        #expect(priorities.level(source: "unheard_of") == nil)
    }

    @Test(
        "what is wrong with priorities is told with its place and the nearest name",
        arguments: [
            ("{source_mapping: {a: 'hihg'}}", "sourceMapping.a: no level 'hihg'; did you mean 'high'?"),
            (
                "{sourceMapping: {a: 'zzz'}}", "no level 'zzz'; expected background, critical, high, low or normal"
            ),
            (
                "{preemption: {allowPreemptLevels: ['critcal']}}",
                "allowPreemptLevels[0]: no level 'critcal'; did you mean"
            ),
            (
                "{sourceMapping: {cron: 'low'}, paths: {'/a': 'crn'}}",
                "paths./a: no level or source 'crn'; did you mean 'cron'?"
            ),
            ("{paths: {'a': 'low'}}", "expected a path that begins with '/'"),
            ("{paths: {'/a*b': 'low'}}", "only '/*' may end it"),
            ("{levels: {}}", "expected at least one level"),
            ("{levels: {a: 1, b: 1}}", "levels 'a' and 'b' have one number, 1"),
            ("{levels: {a: -1}}", "expected a number from 0 to 1000000 for level 'a'"),
            ("{preemption: {preemptThreshold: -1}}", "expected 0 to 1000000"),
        ])
    func wrongPriorities(_ text: String, _ told: String) throws {
        let problems = try read(TaskPrioritySettings.self, text).problems
        #expect(problems.count == 1 && problems[0].hasPrefix("error test.json:"), "\(problems)")
        #expect(problems[0].contains(told), "\(problems)")
    }

    @Test("levels without the usual preempting one are well, as long as nobody names it")
    func otherLevels() throws {
        let (value, problems) = try read(TaskPrioritySettings.self, "{levels: {fast: 0, slow: 10}}")
        #expect(problems.isEmpty, "\(problems)")
        let rules = QueueRules(QueueSettings(), TaskPriorities(value))
        #expect(rules.levels.map(\.name) == ["fast", "slow"])
        #expect(rules.levels.allSatisfy { !$0.mayPreempt && !$0.isIdle && $0.wait == 30 * second })
    }

    @Test(
        "waits are durations, or one of two words",
        arguments: [
            ("'10s'", QueueWait.limit(.seconds(10))), ("'5m'", .limit(.seconds(300))), ("'next'", .next),
            ("'idle'", .idle), ("'0s'", .limit(.zero)),
        ])
    func waits(_ text: String, _ wait: QueueWait) throws {
        let (value, problems) = try read(QueueSettings.self, "{waits: {normal: \(text)}}")
        #expect(problems.isEmpty, "\(problems)")
        #expect(value.wait(of: "normal") == wait)
        #expect(value.wait(of: "high") == .limit(.seconds(10)), "what is not said is as usual")
    }

    @Test(
        "what is wrong with a queue or a limit is told",
        arguments: [
            ("{waits: {normal: 'nxt'}}", "found string 'nxt'; did you mean 'next'?"),
            ("{waits: {normal: 10}}", "waits.normal: expected a duration"),
            ("{waits: {normal: '10 parsecs'}}", "waits.normal: expected a duration"),
            ("{size: -1}", "size: expected 0 to 1000000"), ("{defaultLevel: ''}", "defaultLevel: must not be empty"),
        ])
    func wrongQueues(_ text: String, _ told: String) throws {
        let problems = try read(QueueSettings.self, text).problems
        #expect(problems.count == 1 && problems[0].contains(told), "\(problems)")
    }

    @Test(
        "bounds of a limit must agree",
        arguments: [
            ("{min: 10, max: 5}", "min: expected at most max (5), found 10"),
            ("{max: 15, initial: 20}", "initial: expected min to max (3 to 15), found 20"),
            ("{max: 15}", nil), ("{adaptive: true}", nil), ("{tolerance: 0.5}", "tolerance: expected 1 to 10"),
        ] as [(String, String?)])
    func limits(_ text: String, _ told: String?) throws {
        let problems = try read(ConcurrencySettings.self, text).problems
        if let told {
            #expect(problems.count == 1 && problems[0].contains(told), "\(problems)")
        } else {
            #expect(problems.isEmpty, "\(problems)")
        }
    }

    /// Who says what of a request to `/cron/x`, and which level that gives.
    @Test(
        "a trusted peer's word comes before the rule's, and that before the path's",
        arguments: [
            ("peer", nil, nil, "/other", "high", "peer"), ("nobody", nil, nil, "/other", nil, nil),
            ("peer", "cron", nil, "/cron/x", "high", "peer"), ("nobody", "cron", nil, "/cron/x", "low", "rule"),
            (nil, nil, "critical", "/cron/x", "critical", "rule"), (nil, nil, nil, "/cron/x", "background", "path"),
            (nil, nil, nil, "/cron", "background", "path"), (nil, nil, nil, "/crony", nil, nil),
            (nil, nil, nil, "/cron/now/x", "high", "path"), (nil, "unknown", nil, "/", nil, nil),
        ] as [(String?, String?, String?, String, String?, String?)])
    func levels(
        _ source: String?, _ ruleSource: String?, _ ruleLevel: String?, _ path: String, _ level: String?,
        _ reason: String?
    ) {
        var settings = TaskPrioritySettings()
        settings.sourceMapping = ["peer": Located("high"), "cron": Located("low")]
        settings.paths = ["/cron/": Located("background"), "/cron/now": Located("peer")]
        let priorities = TaskPriorities(settings)
        let bytes = Array(path.utf8)
        let found = bytes.withUnsafeBytes { path in
            guard let source else {
                return priorities.level(source: nil, rule: (ruleSource, ruleLevel), path: path)
            }
            return Array(source.utf8).withUnsafeBytes {
                priorities.level(source: $0, rule: (ruleSource, ruleLevel), path: path)
            }
        }
        #expect(found?.level.name == level)
        #expect(found?.reason.rawValue == reason)
    }
}
