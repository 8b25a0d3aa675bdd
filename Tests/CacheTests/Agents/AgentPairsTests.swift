import Cache
import Testing
import Wire

@Suite("of any two requests to agents")
struct AgentPairsTests {
    /// What may differ between two requests.
    private enum Difference: CaseIterable { case tenant, model, tools, temperature, system, stream }

    /// A request as a client means it.
    private struct Question {
        var shape = AgentShape.messages
        var tenant = "a"
        var model = "m"
        var tools = 0
        /// In tenths.
        var temperature: Int?
        var system = ""
        var stream = false
        var prompt = ""

        var document: AgentDocument {
            var members: [(String, AgentDocument)] = [("model", .text(model))]
            let said = AgentDocument.object([("role", .text("user")), ("content", .text(prompt))])
            switch shape {
            case .messages: members.append(("messages", .list([.object([("role", .text("developer"))]), said])))
            case .input: members.append(("input", .list([said])))
            case .prompt: members.append(("prompt", .text(prompt)))
            case .message: members.append(("message", .text(prompt)))
            }
            if !system.isEmpty { members.append((shape == .input ? "instructions" : "system", .text(system))) }
            if tools > 0 {
                members.append(("tools", .list((0..<tools).map { .object([("name", .text("f\($0)"))]) })))
            }
            if let temperature { members.append(("temperature", .word("\(temperature)e-1"))) }
            if stream { members.append(("stream", .word("true"))) }
            members.append(("max_tokens", .number(256)))
            return .object(members)
        }

        init(_ dice: inout AgentDice) {
            shape = dice.pick(AgentShape.allCases)
            tenant = "tenant-\(dice.below(100))"
            model = dice.pick(["m", "gpt-5", "claude", "é\"x", "m\\"]) + String(dice.below(10))
            tools = dice.below(10) == 0 ? 1 : 0
            temperature = dice.below(3) == 0 ? nil : dice.below(11)
            system = dice.pick(["", "be brief", "be brief ", "{\"model\":\"m\"}", "\n", "😀"])
            stream = dice.below(2) == 0
            prompt = dice.pick(["hi", "\",\"model\":\"x", "a\u{1}b", "Übung"]) + String(dice.below(1000))
        }

        mutating func change(_ difference: Difference, _ dice: inout AgentDice) {
            switch difference {
            case .tenant: tenant += dice.pick(["x", "\u{0}", "1"])
            case .model: model += dice.pick(["x", " ", "\"", "\u{0}"])
            case .tools: tools += 1
            case .temperature: temperature = temperature.map { $0 == 0 ? nil : $0 - 1 } ?? 5
            case .system: system += dice.pick(["x", " ", "\"", "\\"])
            case .stream: stream.toggle()
            }
        }

        /// What an answer would be kept under; nil: it would not be.
        func key(_ dice: inout AgentDice) -> [UInt8]? {
            guard case .success(let key) = Agents.key(document.written(&dice)) else { return nil }
            var text = KeyText()
            text.add(.tenant, tenant)
            text.add(.body, key.bytes)
            return text.bytes
        }
    }

    @Test("that differ in tenant, model, tools, temperature, system prompt or stream none gets the other's answer")
    func differing() {
        let seed: UInt64 = 20_261_121
        var dice = AgentDice(seed: seed)
        var kept = 0
        for pair in 0..<10_000 {
            let one = Question(&dice)
            var other = one
            let difference = dice.pick(Difference.allCases)
            other.change(difference, &dice)
            guard let key = one.key(&dice) else {
                #expect(one.tools > 0, "seed \(seed), pair \(pair)")
                continue
            }
            kept += 1
            #expect(other.key(&dice) != key, "seed \(seed), pair \(pair): \(difference)")
            #expect(other.tools == 0 || other.key(&dice) == nil, "seed \(seed), pair \(pair)")
        }
        #expect(kept > 8000, "seed \(seed)")
    }

    @Test("that mean the same each gets the other's answer, however they are written")
    func same() {
        let seed: UInt64 = 7
        var dice = AgentDice(seed: seed)
        for pair in 0..<2000 {
            var question = Question(&dice)
            question.tools = 0
            let key = question.key(&dice)
            #expect(key != nil && question.key(&dice) == key, "seed \(seed), pair \(pair)")
        }
    }
}
