import Balancer
import Settings
import Testing

@Suite("health of an agent")
struct HealthMachineTests {
    /// A list of answers, `p` or `f`, and what is told after each: `u` up, `d` down, `.` nothing.
    @Test(
        "answers become verdicts",
        arguments: [
            // The first pass at start is enough.
            ("p", "u"),
            // Failures at start: in use until the threshold.
            ("ff", ".."), ("fff", "..d"), ("ffp", "..u"),
            // Fewer failures in a row than the threshold change nothing.
            ("pffpffp", "u......"), ("pfff", "u..d"), ("pffpfff", "u.....d"),
            // Down: two passes in a row.
            ("pfffp", "u..d."), ("pfffpp", "u..d.u"), ("pfffpfpfpp", "u..d.....u"),
            // Down stays down without saying so again.
            ("fffffff", "..d...."), ("fffpp", "..d.u"), ("fffppfff", "..d.u..d"),
        ])
    func verdicts(_ answers: String, _ told: String) {
        var machine = HealthMachine(HealthCheckSettings())
        let actions = answers.map { $0 == "p" ? machine.passed() : machine.failed() }
        #expect(actions == told.map { $0 == "u" ? .publish(.up) : $0 == "d" ? .publish(.down) : .nothing })
    }

    @Test("thresholds of one: every answer is a verdict")
    func thresholdsOfOne() {
        var settings = HealthCheckSettings()
        settings.failThreshold = 1
        settings.passThreshold = 1
        var machine = HealthMachine(settings)
        #expect(machine.failed() == .publish(.down))
        #expect(machine.passed() == .publish(.up))
        #expect(machine.failed() == .publish(.down))
        #expect(machine.failed() == .nothing)
    }

    @Test(
        "a machine goes on from what was known",
        arguments: [
            (Health.unknown, HealthMachine.State.starting(failures: 0)), (.up, .up), (.down, .down),
        ])
    func resumes(_ known: Health, _ state: HealthMachine.State) {
        #expect(HealthMachine(HealthCheckSettings(), known: known).state == state)
    }

    /// Answers that lead to a state, and the delay in it in seconds.
    @Test(
        "asks every 10 s, and every second while the verdict is about to change",
        arguments: [
            ("", 1), ("f", 1), ("p", 10), ("pf", 1), ("pff", 1), ("pfff", 10), ("pffff", 10), ("pfffp", 1),
            ("pfffpf", 10),
            ("pfffpp", 10),
        ])
    func delays(_ answers: String, _ seconds: Int64) {
        var machine = HealthMachine(HealthCheckSettings())
        for answer in answers { _ = answer == "p" ? machine.passed() : machine.failed() }
        #expect(machine.delay(0) == seconds * 850 * millisecond)
        #expect(abs(machine.delay(1 << 63) - seconds * second) <= 1)
        #expect(abs(machine.delay(.max) - seconds * 1150 * millisecond) <= 1)
    }

    @Test("an interval shorter than the edge interval is kept in every state")
    func shortInterval() {
        var settings = HealthCheckSettings()
        settings.interval = .milliseconds(200)
        settings.jitter = 0.0
        #expect(HealthMachine(settings).delay(.max) == 200 * millisecond)
    }

    @Test("nothing overflows in an interval of ages")
    func longInterval() {
        var settings = HealthCheckSettings()
        settings.interval = .seconds(Int64.max)
        settings.edgeInterval = .seconds(Int64.max)
        #expect(HealthMachine(settings).delay(.max) > 0)
    }
}
