import NIOConcurrencyHelpers
import NIOCore
@testable import Proxy
import Semantics
import Settings
import Testing

@Suite("tiers of encoders in process", .timeLimit(.minutes(5)))
struct EncoderTierTests {
    @Test("a tier is asked once it has learnt these categories, and of no others")
    func learns() async throws {
        let model = ScriptedModel()
        let bench = TierBench(["a": model])
        #expect(bench.tiers.current(for: Spoken.categories) == nil)
        try await bench.learn([TierBench.tier("a")])
        let lessons = ["write a loop", "fix this bug", "a sonnet", "a haiku", "a contract"]
        #expect(model.seen.withLockedValue { $0 } == lessons)
        #expect(await bench.ask("some verse") == SemanticOpinion(probabilities: [0.125, 0.875], tier: "a"))
        #expect(bench.tiers.current(for: [CategoryExamples(name: "code", examples: ["x"])]) == nil)
        #expect(bench.book.count(of: "notice a semantic tier is ready") == 1)
        #expect(try bench.facts("a").isReady && bench.facts("a").asked == 1 && bench.facts("a").answered == 1)
        bench.tiers.close()
    }

    @Test("the first clear word decides; where none is clear, the last")
    func order() async throws {
        let (first, second) = (ScriptedModel(), ScriptedModel())
        let bench = TierBench(["a": first, "b": second])
        try await bench.learn([TierBench.tier("a"), TierBench.tier("b")])
        #expect(await bench.ask("some code")?.tier == "a")
        #expect(second.count(of: "some code") == 0)
        #expect(await bench.ask("unsure") == SemanticOpinion(probabilities: [0.5, 0.25], tier: "b"))
        bench.tiers.close()
    }

    @Test("a tier that fails leaves it to the next; where the next fails, an unclear word is better than none")
    func failing() async throws {
        let broken = ScriptedModel { text throws(EncoderFault) in
            if text.contains("unsure") { throw EncoderFault("layer 3", "damaged") }
            return Spoken.vector(text)
        }
        let bench = TierBench(["broken": broken, "whole": ScriptedModel()])
        try await bench.learn([TierBench.tier("broken"), TierBench.tier("whole")])
        #expect(await bench.ask("unsure")?.tier == "whole")
        #expect(try bench.facts("broken").failed == 1)
        try await bench.learn([TierBench.tier("whole"), TierBench.tier("broken")])
        #expect(await bench.ask("unsure 2")?.tier == "whole")
        bench.tiers.close()
    }

    @Test("who is late is told nothing within the budget; its vector is remembered all the same")
    func budget() async throws {
        let gate = Gate()
        let model = ScriptedModel { text throws(EncoderFault) in
            if text == "slow verse" { gate.wait() }
            return Spoken.vector(text)
        }
        let bench = TierBench(["a": model])
        try await bench.learn([TierBench.tier("a")], budget: .milliseconds(20))
        // answered though the model is not: it waits for the gate yet
        #expect(await bench.ask("slow verse") == nil)
        #expect(try bench.facts("a").late == 1)
        gate.open()
        try await eventually("the vector to be remembered") {
            await bench.ask("slow verse") != nil && bench.tiers.facts.contains { $0.cacheHits > 0 }
        }
        let times = model.count(of: "slow verse")
        #expect(await bench.ask("slow verse")?.tier == "a")
        #expect(model.count(of: "slow verse") == times)
        bench.tiers.close()
    }

    @Test("who finds the queue full is told at once, and the next tier is asked")
    func full() async throws {
        let gate = Gate()
        let model = ScriptedModel { text throws(EncoderFault) in
            if text == "slow" { gate.wait() }
            return Spoken.vector(text)
        }
        let bench = TierBench(["a": model], room: 1)
        try await bench.learn([TierBench.tier("a")])
        async let slow = bench.ask("slow")
        try await eventually("the thread to be busy") { gate.isReached }
        // the budget is half a minute: an answer before the gate opens is one at once
        #expect(await bench.ask("another") == nil)
        #expect(model.count(of: "another") == 0)
        #expect(try bench.facts("a").skipped == 1)
        gate.open()
        #expect(await slow?.tier == "a")
        bench.tiers.close()
    }

    @Test("what is too late when its turn comes is not computed")
    func tooLate() async throws {
        let threads = EncoderThreads(1)
        let fault = await withCheckedContinuation { continuation in
            threads.run(until: .now() - .seconds(1)) { continuation.resume(returning: $0) }
        }
        #expect(fault == .late)
        threads.close()
        let closed = await withCheckedContinuation { continuation in
            threads.run(until: .distantFuture) { continuation.resume(returning: $0) }
        }
        #expect(closed == .closed)
    }

    @Test("an encoder that cannot be learnt with is tried again, and said once why")
    func again() async throws {
        let tries = NIOLockedValueBox(0)
        let model = ScriptedModel { text throws(EncoderFault) in
            let number = tries.withLockedValue { tries in
                tries += 1
                return tries
            }
            if number <= 3 { throw EncoderFault("model.safetensors", "damaged; copy it again") }
            return Spoken.vector(text)
        }
        let bench = TierBench(["a": model])
        try await bench.learn([TierBench.tier("a")])
        #expect(bench.book.count(of: "model.safetensors: damaged; copy it again") == 1)
        #expect(try bench.facts("a").trouble == nil)
        bench.tiers.close()
    }

    @Test("a directory without a model is no tier, and is said with what to do")
    func directory() async throws {
        let folder = ScratchFolder()
        let book = LogBook()
        let tiers = SemanticTiers(log: book.logger, tls: AgentTLS(book.logger))
        tiers.follow(Spoken.categories, TierBench.settings([TierBench.tier("a") { $0.path = folder.path }]))
        try await eventually("it to be said") { book.count(of: "a semantic tier is not ready") == 1 }
        #expect(book.count(of: "\(folder.file("config.json")): expected a file of the model") == 1)
        #expect(tiers.current(for: Spoken.categories) == nil && tiers.facts.map(\.isReady) == [false])
        tiers.close()
    }

    @Test("a generation with the same categories and tiers changes nothing; another example costs that one alone")
    func generations() async throws {
        let model = ScriptedModel()
        let bench = TierBench(["a": model, "b": ScriptedModel()])
        try await bench.learn([TierBench.tier("a")])
        #expect(await bench.ask("some verse") != nil)
        bench.tiers.follow(Spoken.categories, TierBench.settings([TierBench.tier("a")], budget: .seconds(7)))
        let judges = try #require(bench.tiers.current(for: Spoken.categories))
        #expect(judges.budget == .seconds(7))
        #expect(model.seen.withLockedValue { $0.count } == 6)
        var other = Spoken.categories
        other[0].examples.append("sort a list")
        bench.tiers.follow(other, TierBench.settings([TierBench.tier("a")]))
        #expect(bench.tiers.current(for: Spoken.categories) == nil)
        try await eventually("the other categories") { bench.tiers.current(for: other) != nil }
        #expect(model.seen.withLockedValue { $0.last } == "sort a list")
        #expect(model.seen.withLockedValue { $0.count } == 7)
        bench.tiers.follow([], TierBench.settings([TierBench.tier("a")]))
        #expect(bench.tiers.facts.isEmpty && bench.tiers.current(for: other) == nil)
        bench.tiers.close()
    }

    @Test("other threads take over the encoders; who still asks those that were gets nothing")
    func threads() async throws {
        let bench = TierBench(["a": ScriptedModel()])
        try await bench.learn([TierBench.tier("a")])
        let old = try #require(bench.tiers.current(for: Spoken.categories))
        var settings = TierBench.settings([TierBench.tier("a")])
        settings.threads = 2
        bench.tiers.follow(Spoken.categories, settings)
        try await bench.ready(1)
        #expect(await bench.ask("some verse", old) == nil)
        #expect(await bench.ask("some verse")?.tier == "a")
        bench.tiers.close()
        #expect(bench.tiers.current(for: Spoken.categories) == nil)
    }
}
