import Proxy
import Settings
import Testing

@Suite("names of levels and sources, wherever they stand")
struct TaskSettingsTests {
    private func problems(_ text: String) -> [String] {
        Configuration<GatewaySettings>.load(
            Inputs(configFiles: ["test.json"]) { path in
                path == "test.json" ? .bytes(Array("{gateway: \(text)}".utf8)) : .missing
            }
        ).problems.map(\.description)
    }

    private func rule(_ task: String) -> String {
        "{routing: {rules: [{name: 'r', match: {type: 'default'}, target: 'a', task: \(task)}]}, "
            + "agents: {discovery: {static: [{id: 'a', endpoint: 'http://h'}]}}, "
            + "taskPriority: {sourceMapping: {cron: 'low'}}}"
    }

    @Test("a rule's task names a source or a level", arguments: ["{source: 'cron'}", "{level: 'high'}", "{}"])
    func good(_ task: String) {
        #expect(problems(rule(task)).isEmpty, "\(problems(rule(task)))")
    }

    @Test(
        "what a rule, a queue or a pool's queue names must be there",
        arguments: [
            ("{source: 'crn'}", "rules[0].task.source: no source 'crn'; did you mean 'cron'?"),
            ("{level: 'hgh'}", "rules[0].task.level: no level 'hgh'; did you mean 'high'?"),
            ("{source: 'cron', level: 'high'}", "rules[0].task.level: stands beside source"),
        ])
    func rules(_ task: String, _ told: String) {
        let found = problems(rule(task))
        #expect(found.count == 1 && found[0].contains(told), "\(found)")
    }

    @Test(
        "the levels of a queue are those of taskPriority",
        arguments: [
            (
                "{loadBalancing: {queue: {waits: {nromal: '1s'}}}}",
                "queue.waits.nromal: no level 'nromal'; did you mean 'normal'?"
            ),
            (
                "{loadBalancing: {queue: {defaultLevel: 'nrmal'}}}",
                "queue.defaultLevel: no level 'nrmal'; did you mean 'normal'?"
            ),
            ("{taskPriority: {levels: {a: 0}}}", "loadBalancing.queue.defaultLevel: no level 'normal'; expected a"),
            (
                "{agents: {pools: {p: {loadBalancing: {queue: {waits: {lo: '1s'}}}}}}}",
                "agents.pools.p.loadBalancing.queue.waits.lo: no level 'lo'; did you mean 'low'?"
            ),
        ])
    func queues(_ text: String, _ told: String) {
        let found = problems(text)
        #expect(found.count == 1 && found[0].contains(told), "\(found)")
    }
}
