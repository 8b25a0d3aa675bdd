import Testing

@testable import Semantics

@Suite("The index of similar prompts")
struct SimilarPromptsTests {
    private let scratch = JudgeScratch()

    private func key(_ number: Int) -> [UInt8] { (0..<10).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4))) } }

    private func print(_ text: String) throws -> PromptPrint { try #require(PromptPrint.of(text, scratch)) }

    @Test("Finds a prompt in its own tenant and frame alone")
    func isolation() throws {
        let prompts = SimilarPrompts()
        let asked = try print("How do I reset my password?")
        prompts.keep(key(1), asked, tenant: "a", frame: [1])
        #expect(prompts.find(asked, tenant: "a", frame: [1], threshold: 0.95)?.key == key(1))
        #expect(prompts.find(asked, tenant: "b", frame: [1], threshold: 0) == nil)
        #expect(prompts.find(asked, tenant: "a", frame: [2], threshold: 0) == nil)
    }

    @Test("Finds nothing of what was forgotten, and one entry of what was kept twice")
    func forgetting() throws {
        let prompts = SimilarPrompts()
        let asked = try print("How do I reset my password?")
        for _ in 0..<2 { prompts.keep(key(1), asked, tenant: "", frame: [1]) }
        #expect(prompts.count == 1)
        prompts.forget(key(1), tenant: "", frame: [1])
        prompts.forget(key(1), tenant: "", frame: [1])
        #expect(prompts.count == 0 && prompts.find(asked, tenant: "", frame: [1], threshold: 0) == nil)
    }

    @Test("Prefers the nearest that passes the check over what is nearer and does not")
    func order() throws {
        let prompts = SimilarPrompts()
        prompts.keep(key(1), try print("How long do I boil 4 eggs?"), tenant: "", frame: [1])
        prompts.keep(key(2), try print("How long should I boil three eggs, please?"), tenant: "", frame: [1])
        let found = prompts.find(try print("How long do I boil 3 eggs?"), tenant: "", frame: [1], threshold: 0.9)
        #expect(found?.key == key(2))
        #expect(prompts.find(try print("How long do I boil 5 eggs?"), tenant: "", frame: [1], threshold: 0) == nil)
    }

    @Test("Searches exactly: as every product by itself would have it")
    func exactness() throws {
        var random = SplitMix64(seed: 3)
        var frame = SimilarFrame()
        var vectors: [[Int8]] = []
        for number in 0..<500 {
            let vector = (0..<PromptPrint.dimensions).map { _ in Int8(truncatingIfNeeded: Int(random.next() % 41) - 20) }
            vectors.append(vector)
            frame.append(SimilarFrame.Entry(key: key(number), text: [], used: 0), vector)
        }
        for number in [3, 498, 0, 77] {
            frame.remove(number)
            vectors[number] = vectors[vectors.count - 1]
            vectors.removeLast()
        }
        for floor in [Int32(-100_000), 0, 500, 3000] {
            let question = vectors[Int(random.next() % 400)]
            let products = vectors.map { zip($0, question).reduce(Int32(0)) { $0 + Int32($1.0) * Int32($1.1) } }
            let wanted = products.filter { $0 >= floor }.sorted(by: >).prefix(SimilarFrame.candidates)
            #expect(frame.nearest(question, floor: floor).map(\.product) == Array(wanted))
        }
    }

    @Test("Holds no more than it may, of a tenant and of all, and lets go what was of use longest ago")
    func bounds() throws {
        let prompts = SimilarPrompts(mostOfTenant: 50, most: 80)
        let asked = try print("How do I reset my password?")
        for number in 0..<200 {
            prompts.keep(key(number), asked, tenant: "a", frame: [1])
            prompts.touch(key(0), tenant: "a", frame: [1])
            #expect(prompts.count <= 50)
        }
        #expect(prompts.find(asked, tenant: "a", frame: [1], threshold: 0.95) != nil)
        for number in 0..<100 { prompts.keep(key(number), asked, tenant: "b", frame: [UInt8(number)]) }
        #expect(prompts.count <= 80)
        prompts.forget(key(0), tenant: "a", frame: [1])
        let before = prompts.count
        prompts.keep(key(0), asked, tenant: "a", frame: [1])
        #expect(prompts.count == before + 1, "what was of use all the time was there to be forgotten")
    }

    @Test("Serves several threads at once")
    func threads() async throws {
        let prompts = SimilarPrompts(mostOfTenant: 100, most: 150)
        let prints = try (0..<40).map { try print("How do I reset password number \($0)?") }
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for (number, print) in prints.enumerated() {
                        let (key, frame) = ([UInt8(task), UInt8(number)], [UInt8(number % 3)])
                        prompts.keep(key, print, tenant: "t\(task % 2)", frame: frame)
                        _ = prompts.find(print, tenant: "t\(task % 2)", frame: frame, threshold: 0.95)
                        if number % 5 == 0 { prompts.forget(key, tenant: "t\(task % 2)", frame: frame) }
                    }
                }
            }
        }
        #expect(prompts.count > 0 && prompts.count <= 150)
        #expect(prompts.find(prints[1], tenant: "t0", frame: [1], threshold: 0.95) != nil)
    }

    @Test(
        "Takes no prompt that it cannot judge",
        arguments: ["", String(repeating: "word ", count: 300), "Wie kann ich mein Passwort für das Konto zurücksetzen?", "Как сбросить пароль?"])
    func refused(text: String) {
        #expect(PromptPrint.of(text, scratch) == nil)
    }

    @Test("Calls the same vector 1, its strict bound 0.95, and nothing 0")
    func scale() {
        #expect(SimilarityScale.similarity(of: 1) == 1 && SimilarityScale.similarity(of: -1) == 0)
        #expect(abs(SimilarityScale.similarity(of: SimilarityScale.strict) - 0.95) < 1e-12)
        for similarity in stride(from: 0, through: 1, by: 0.05) {
            let there = SimilarityScale.cosine(of: similarity)
            #expect(abs(SimilarityScale.similarity(of: there) - similarity) < 1e-9)
        }
    }
}
