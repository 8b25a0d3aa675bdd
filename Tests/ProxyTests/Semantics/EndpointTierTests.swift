import NIOConcurrencyHelpers
import NIOCore
@testable import Proxy
import Semantics
import Settings
import Testing

@Suite("tiers of embeddings endpoints", .timeLimit(.minutes(5)))
struct EndpointTierTests {
    private let lessons = Spoken.categories.flatMap(\.examples) + ["a contract"]

    @Test("asks as OpenAI's API has it, with the key, the model and the prefix, and learns `batch` texts at once")
    func request() async throws {
        let server = try await EmbeddingsServer()
        let bench = TierBench()
        try await bench.learn([
            server.tier {
                $0.apiKey = Secret("s3cret")
                $0.batch = 2
                $0.prefix = "query: "
            }
        ])
        #expect(await bench.ask("some \"verse\"\n")?.probabilities == [0.125, 0.875])
        let given = lessons.map { "query: " + $0 }
        #expect(server.asked == [Array(given[0..<2]), Array(given[2..<4]), [given[4]], ["query: some \"verse\"\n"]])
        let head = server.server.seen.withLockedValue { $0.requests[0] }
        #expect(head.hasPrefix("POST /v1/embeddings HTTP/1.1\r\nHost: 127.0.0.1:\(server.server.port)\r\n"))
        #expect(head.contains("\r\nAuthorization: Bearer s3cret\r\n") && head.contains("{\"model\":\"small\","))
        #expect(bench.book.count(of: "s3cret") == 0)
        bench.tiers.close()
        await server.stop()
    }

    @Test("what comes while a request is under way goes together, and each gets its own vector")
    func batches() async throws {
        let server = try await EmbeddingsServer { _, texts in
            texts == ["first"] ? .nothing : .answer(EmbeddingsServer.vectors(texts))
        }
        let bench = TierBench()
        try await bench.learn([server.tier()])
        async let first = bench.ask("first")
        #expect(await server.server.sees { $0.requests.count == 2 })
        async let second = bench.ask("some verse")
        async let third = bench.ask("some code")
        async let fourth = bench.ask("unsure")
        try await eventually("three to wait") { await bench.waiting == 3 }
        server.server.send(EmbeddingsServer.vectors(["first"]))
        #expect(await first?.probabilities == [0.875, 0.125])
        #expect(await second?.probabilities == [0.125, 0.875])
        #expect(await third?.probabilities == [0.875, 0.125])
        #expect(await fourth?.probabilities == [0.5, 0.25])
        #expect(server.asked.map(\.count) == [5, 1, 3])
        bench.tiers.close()
        await server.stop()
    }

    @Test("who waits too long is told nothing within the budget; the answer is remembered when it comes")
    func budget() async throws {
        let server = try await EmbeddingsServer { _, texts in
            texts == ["slow verse"] ? .nothing : .answer(EmbeddingsServer.vectors(texts))
        }
        let bench = TierBench()
        try await bench.learn([server.tier { $0.timeout = .seconds(300) }], budget: .milliseconds(20))
        // answered though the server has not
        #expect(await bench.ask("slow verse") == nil)
        #expect(try bench.facts("endpoint").late == 1)
        #expect(await server.server.sees { $0.requests.count == 2 })
        server.server.send(EmbeddingsServer.vectors(["slow verse"]))
        try await eventually("the vector to be remembered") { await bench.ask("slow verse") != nil }
        #expect(try bench.facts("endpoint").cacheHits == 1)
        bench.tiers.close()
        await server.stop()
    }

    @Test("after failures in a row it is left alone, and nothing more is sent")
    func breaker() async throws {
        let server = try await EmbeddingsServer { number, texts in
            (1...2).contains(number)
                ? .answer(EmbeddingsServer.http("{}", status: "500 Oops")) : .answer(EmbeddingsServer.vectors(texts))
        }
        let bench = TierBench()
        let tier = server.tier {
            $0.failures = 2
            $0.cooldown = .seconds(3600)
        }
        try await bench.learn([tier])
        #expect(await bench.ask("one") == nil)
        #expect(await bench.ask("two") == nil)
        #expect(await bench.ask("three") == nil)
        #expect(server.asked.count == 3, "the third text is not sent")
        let facts = try bench.facts("endpoint")
        #expect(facts.failed == 2 && facts.skipped == 1 && facts.asked == 3)
        #expect(bench.book.count(of: "expected vectors, found status 500") == 1)
        bench.tiers.close()
        await server.stop()
    }

    @Test("a trial that succeeds ends the rest")
    func recovery() async throws {
        let server = try await EmbeddingsServer { number, texts in
            number == 1
                ? .answer(EmbeddingsServer.http("{}", status: "503 Busy")) : .answer(EmbeddingsServer.vectors(texts))
        }
        let bench = TierBench()
        try await bench.learn([
            server.tier {
                $0.failures = 1
                $0.cooldown = .milliseconds(1)
            }
        ])
        #expect(await bench.ask("one") == nil)
        try await eventually("a trial") { await bench.ask("some verse") != nil }
        #expect(bench.book.count(of: "a semantic tier answers again") == 1)
        bench.tiers.close()
        await server.stop()
    }

    @Test(
        "an answer that is none is a failure, and says what was found",
        arguments: [
            ("{\"data\":[{\"index\":0,\"embedding\":[1,", "no whole JSON"),
            ("{\"data\":[]}", "0 vectors for 5 texts"),
            ("<html>hello</html>", "no whole JSON, at byte 0"),
            ("{\"error\":{\"message\":\"no such model\"}}", "an object without `data`"),
        ])
    func damaged(body: String, found: String) async throws {
        let server = try await EmbeddingsServer { number, texts in
            .answer(number == 0 ? EmbeddingsServer.http(body) : EmbeddingsServer.vectors(texts))
        }
        let bench = TierBench()
        try await bench.learn([server.tier()])
        #expect(bench.book.count(of: found) == 1, "\(bench.book.lines.withLockedValue { $0 })")
        bench.tiers.close()
        await server.stop()
    }

    @Test("a key that does not do is said without it")
    func key() async throws {
        let server = try await EmbeddingsServer { number, texts in
            number == 0
                ? .answer(EmbeddingsServer.http("Incorrect API key s3cret", status: "401 Unauthorized"))
                : .answer(EmbeddingsServer.vectors(texts))
        }
        let bench = TierBench()
        try await bench.learn([server.tier { $0.apiKey = Secret("s3cret") }])
        #expect(bench.book.count(of: "correct `apiKey`") == 1 && bench.book.count(of: "s3cret") == 0)
        bench.tiers.close()
        await server.stop()
    }

    @Test("vectors of another length are another model's: it learns anew")
    func dimensions() async throws {
        let server = try await EmbeddingsServer { number, texts in
            .answer(EmbeddingsServer.vectors(texts) { number == 0 ? Spoken.vector($0) : Spoken.vector($0) + [0] })
        }
        let bench = TierBench()
        try await bench.learn([server.tier { $0.cooldown = .milliseconds(1) }])
        #expect(await bench.ask("some verse") == nil)
        #expect(bench.book.count(of: "it learns anew") == 1)
        try await eventually("it to have learnt") { bench.book.count(of: "notice a semantic tier is ready") == 2 }
        #expect(server.asked.filter { $0 == lessons }.count == 2)
        #expect(await bench.ask("some verse")?.probabilities == [0.125, 0.875, 0])
        bench.tiers.close()
        await server.stop()
    }

    @Test("a text that is refused spoils no other's answer")
    func refused() async throws {
        let server = try await EmbeddingsServer { _, texts in
            if texts == ["first"] { return .nothing }
            if texts.contains("too long") { return .answer(EmbeddingsServer.http("{}", status: "413 Too Long")) }
            return .answer(EmbeddingsServer.vectors(texts))
        }
        let bench = TierBench()
        try await bench.learn([server.tier { $0.failures = 1 }])
        async let first = bench.ask("first")
        #expect(await server.server.sees { $0.requests.count == 2 })
        async let bad = bench.ask("too long")
        async let good = bench.ask("some verse")
        try await eventually("two to wait") { await bench.waiting == 2 }
        server.server.send(EmbeddingsServer.vectors(["first"]))
        #expect(await first != nil)
        #expect(await bad == nil)
        #expect(await good?.probabilities == [0.125, 0.875])
        #expect(await bench.ask("some code") != nil, "a refusal is no failure of the endpoint")
        bench.tiers.close()
        await server.stop()
    }

    @Test("a socket is asked as a host is")
    func socket() async throws {
        let folder = ScratchFolder()
        let server = try await EmbeddingsServer(unix: folder.file("s"))
        let bench = TierBench()
        try await bench.learn([server.tier { $0.url = "unix:" + folder.file("s") }])
        #expect(await bench.ask("some verse")?.tier == "endpoint")
        bench.tiers.close()
        await server.stop()
    }

    @Test("one that is not there is no tier, and says so; a close ends what waits")
    func absent() async throws {
        let server = try await EmbeddingsServer { _, texts in
            texts == ["first"] ? .nothing : .answer(EmbeddingsServer.vectors(texts))
        }
        let bench = TierBench()
        try await bench.learn([server.tier()])
        async let first = bench.ask("first")
        #expect(await server.server.sees { $0.requests.count == 2 })
        bench.tiers.close()
        #expect(await first == nil)
        await server.stop()
        let other = TierBench()
        other.tiers.follow(Spoken.categories, TierBench.settings([server.tier()]))
        try await eventually("it to be said") { other.book.count(of: "a semantic tier is not ready") == 1 }
        #expect(other.tiers.current(for: Spoken.categories) == nil)
        #expect(try other.facts("endpoint").trouble?.contains("connection refused") == true)
        other.tiers.close()
    }
}
