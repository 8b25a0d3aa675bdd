import ArgumentParser
import NIOCore

/// The options that say how the agent works: as many requests at once, as fast, with such pauses.
struct WorkOptions: ParsableArguments {
    @Option(help: "Requests that are worked on at once; others wait. 0: no limit. Else CPU and queue depth are real.")
    var slots = 0

    @Option(help: "Mean time that a request takes at speed 1, such as 40ms.")
    var serviceTime = Span.zero

    @Option(help: "Sigma of the lognormal distribution of service times; 0 makes all of them the mean.")
    var spread = 0.0

    @Option(help: "What the service time is divided by.")
    var speed = 1.0

    @Option(help: "Time over which the speed rises from a tenth after the start.")
    var coldStart = Span.zero

    @Option(help: "Time from pause to pause, in which the agent does nothing.")
    var pauseEvery = Span.zero

    @Option(help: "Length of such a pause.")
    var pauseFor = Span.zero

    @Option(help: "Seed of the service times.")
    var seed: UInt64 = 0

    func validate() throws {
        guard slots >= 0, (0.001...1000).contains(speed), (0...4).contains(spread) else {
            throw ValidationError("--slots, --speed, --spread: expected a count, 0.001 to 1000, and 0 to 4")
        }
        guard pauseFor == .zero || pauseFor < pauseEvery else {
            throw ValidationError("--pause-for: \(pauseFor): expected less than --pause-every")
        }
    }

    var work: Work {
        var work = Work()
        work.slots = slots
        work.speed = speed
        work.serviceTime = serviceTime
        work.spread = spread
        work.pauseEvery = pauseEvery
        work.pauseFor = pauseFor
        work.startCold(.now(), over: coldStart)
        return work
    }
}
