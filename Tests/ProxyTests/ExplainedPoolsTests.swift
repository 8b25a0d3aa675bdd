import Balancer
import NIOCore
import NIOPosix
import Logging
@testable import Proxy
import Settings
import Telemetry
import Testing
import Wire

@Suite("whom an explanation says would be asked is whom a loop asks")
struct ExplainedPoolsTests {
    private static let sink = LogSink(LogSettings())
    /// Agents of two tags, and names that nobody bears.
    private static let names = ["a", "b", "c", "d", "tag:one", "tag:two", "tag:none", "ghost"]

    @Test("for any splits, fallbacks and states of agents", arguments: 0..<40)
    func sameAsLoop(seed: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        let differing = try await eventLoop.submit { () -> [String] in
            var random = SplitMix64(seed: UInt64(seed))
            return (0..<25).compactMap { _ in Self.difference(eventLoop, &random) }
        }.get()
        try await group.shutdownGracefully()
        #expect(differing.isEmpty, "\(differing.prefix(3))")
    }

    /// Nil where both ways agree.
    private static func difference(_ eventLoop: any EventLoop, _ random: inout SplitMix64) -> String? {
        let text = configuration(&random)
        guard let generation = try? ExplainTests.generation(text) else { return "not valid: \(text)" }
        let process = ProcessState(
            generation, sink: sink, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            loopCount: 1, startTime: 0)
        let loop = Loop(index: 0, eventLoop: eventLoop, process: process, generation: generation)
        disturb(generation.fleet.agents, loop.now, &random)
        let question = RequestQuestion(target: "/")
        guard case .success(let head) = question.read(WireLimits()),
            case .plan(let plan) = loop.runtime.match(head, Client(nil, .clients, isTrusted: { _ in false }))
        else { return "no plan: \(text)" }
        let asked = (0..<400).map { _ in ask(plan, loop) }
        let payload = RequestExplanation(question, generation).payload { _ in nil }
        let told = (payload["target"]?["pools"]?.elements ?? []).flatMap { pool in
            (pool["candidates"]?.elements ?? []).filter { $0["asked"]?.bool == true }
                .map { "\(pool["pool"]?.string ?? "-")/\($0["id"]?.string ?? "-")" }
        }
        let served = Set(asked.compactMap { $0 })
        // a request that would wait for a place has no answer yet
        let isRefused = payload["answer"]?["status"]?.int == 503 || payload["queue"]?["waits"]?.bool == true
        guard served == Set(told), isRefused == served.isEmpty else {
            return "\(text): asked \(served.sorted()), told \(told), refused \(isRefused)"
        }
        return nil
    }

    /// One walk of `Exchange.balance`: who gets the request.
    private static func ask(_ plan: Plan, _ loop: Loop) -> String? {
        let first = plan.target(&loop.random)
        var candidate = first
        var isLast = false
        var isBusy = false
        while let target = candidate {
            var ask = Ask(key: loop.random.next(), now: loop.now)
            ask.allowsPanic = !plan.hasFallbacks || isLast
            switch target.pool.pick(ask) {
            case .agent(let lease):
                let agent = target.pool.pool.agents[lease.agent]
                target.pool.pool.ended(lease, .cancelled, loop.now)
                return "\(target.pool.pool.name)/\(agent.id)"
            case .none(let refusal):
                isBusy = isBusy || refusal == .allBusy
                candidate = plan.next(after: target)
            }
            if candidate == nil, !isBusy, !isLast, plan.hasFallbacks {
                isLast = true
                candidate = first
            }
        }
        return nil
    }

    private static func configuration(_ random: inout SplitMix64) -> String {
        let agents = ["a", "b", "c", "d"].map { id in
            let tags = ["one", "two"].filter { _ in random.below(2) == 0 }.map { "'\($0)'" }.joined(separator: ", ")
            return "{id: '\(id)', endpoint: 'http://10.0.0.1:1', tags: [\(tags)], weight: \(random.below(3) * 50), "
                + "maxConcurrent: \(random.below(2) * 2)}"
        }
        var left = names.shuffled(using: &random)
        let targets = (0...random.below(3)).map { _ in
            "{target: '\(left.removeLast())', weight: \(1 + random.below(2))}"
        }
        let fallbacks = (0..<random.below(3)).map { _ in "'\(left.removeLast())'" }
        return """
            {loadBalancing: {strategy: 'random'}, agents: {discovery: {static: [\(agents.joined(separator: ", "))]}},
             routing: {rules: [{name: 'r', match: {type: 'default'}, target: [\(targets.joined(separator: ", "))],
               fallback: [\(fallbacks.joined(separator: ", "))]}]}}
            """
    }

    private static func disturb(_ agents: [Agent], _ now: Int64, _ random: inout SplitMix64) {
        for agent in agents {
            switch random.below(6) {
            case 0: agent.state.publish(.down, now: 0)
            case 1: agent.state.setDrained(true)
            case 2:
                for _ in 0..<3 {
                    agent.state.record(
                        .failure(.connect), began: now, now: now, BreakerPolicy())
                }
            case 3: for _ in 0..<2 { _ = agent.state.tryAcquire(cap: agent.cap) }
            default: break
            }
        }
    }
}
