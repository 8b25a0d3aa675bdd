import Cache
import Testing
import Wire

@Suite("templates of prompts")
struct AgentTemplateTests {
    private func template(
        _ patterns: [String], name: String = "t", foldsCase: Bool = false, foldsBlanks: Bool = true
    ) throws -> AgentTemplate {
        try AgentTemplate(name: name, patterns: patterns, foldsCase: foldsCase, foldsBlanks: foldsBlanks)
    }

    private func chat(_ prompt: String, model: String = "m") -> String {
        #"{"model":"\#(model)","messages":[{"role":"system","content":"s"},{"role":"user","content":"\#(prompt)"}]}"#
    }

    private func key(_ body: String, _ templates: AgentTemplate...) throws -> AgentKey {
        try Agents.key(body, [], AgentCachePolicy(strategy: .template, templates: templates)).get()
    }

    private let translate = [
        #"translate (?P<text>.+) to (?P<language>\w+)[.!]?"#, #"in (?P<language>\w+), please: (?P<text>.+)"#,
    ]

    @Test(
        "the same parameters give the same key, whichever pattern takes them",
        arguments: [
            "translate good day to French", "translate  good\\n day to French.", " in French, please: good day ",
            "translate good\\u0020day to French",
        ])
    func same(_ prompt: String) throws {
        let template = try template(translate)
        let key = try key(chat("translate good day to French"), template)
        #expect(key.template == "t")
        #expect(try self.key(chat(prompt), template) == key)
    }

    @Test(
        "other parameters, another rest of the request, or another template give another key",
        arguments: ["translate good day to German", "translate good to French", "translate Good day to French"])
    func different(_ prompt: String) throws {
        let template = try template(translate)
        let key = try key(chat("translate good day to French"), template)
        let other = try self.key(chat(prompt), template)
        #expect(other.template == "t" && other != key)
        #expect(try self.key(chat("translate good day to French", model: "n"), template) != key)
        #expect(try self.key(chat("translate good day to French"), self.template(translate, name: "u")) != key)
        #expect(try Agents.key(chat("translate good day to French")).get() != key)
    }

    @Test("a pattern takes the whole prompt or nothing, and what none takes has its exact key")
    func whole() throws {
        let template = try template(["say (?P<text>[a-z]+)", "a(?P<x>b)|c(?P<y>d)"])
        for prompt in ["say hi and more", "please say hi", "say hi\\nsay ho", "SAY hi", "xcd", "abx", "say "] {
            let exact = try Agents.key(chat(prompt)).get()
            #expect(try key(chat(prompt), template) == exact, "\(prompt)")
        }
        #expect(try key(chat("cd"), template).template == "t")
    }

    @Test("case counts unless it is folded")
    func folding() throws {
        let body = chat("Translate ÜBER to French")
        let folding = try template(translate, foldsCase: true)
        #expect(try key(body, folding) == key(chat("translate über TO french"), folding))
        let strict = try template(translate, foldsBlanks: false)
        #expect(try key(body, strict).template == nil)
        #expect(try key(chat("translate a b to x"), strict) != key(chat("translate a  b to x"), strict))
    }

    @Test("a group that takes no part is not one that takes nothing")
    func absent() throws {
        let template = try template(["a(?P<x>b*)", "c(?P<x>b*)?(?P<y>d)?"])
        let keys = try ["a", "c", "cd", "ab", "cb", "cbd"].map { try key(chat($0), template) }
        #expect(Set(keys.map(\.bytes)).count == 6)
        let optional = try self.template(["a(?P<x>b)?", "c(?P<x>b*)"])
        #expect(try key(chat("a"), optional) != key(chat("c"), optional))
        #expect(try key(chat("ab"), optional) == key(chat("cb"), optional))
    }

    @Test("the first template that takes the prompt counts")
    func order() throws {
        let one = try template(["(?P<all>.*)"], name: "one")
        let other = try template(["say (?P<text>.*)"], name: "other")
        #expect(try key(chat("say hi"), one, other).template == "one")
        #expect(try key(chat("say hi"), other, one).template == "other")
        #expect(try key(chat("do"), other, one).template == "one")
    }

    @Test(
        "the prompt is the newest thing the user says, where that is one piece of text",
        arguments: [
            (#"{"messages":[{"role":"user","content":[{"type":"text","text":"say hi"}]}]}"#, true),
            (#"{"input":"say hi"}"#, true), (#"{"input":[{"role":"user","content":"say hi"}]}"#, true),
            (#"{"input":[{"role":"user","content":[{"type":"input_text","text":"say hi"}]}]}"#, true),
            (#"{"prompt":"say hi"}"#, true), (#"{"message":"say hi","agent":"a"}"#, true),
            (#"{"messages":[{"role":"system","content":"say hi"}]}"#, false),
            (#"{"messages":[{"role":"user","content":"say hi"},{"role":"assistant","content":"say"}]}"#, false),
            (#"{"messages":[{"role":"user","content":[{"type":"text","text":"say hi"},{"type":"image"}]}]}"#, false),
            (#"{"messages":["say hi"]}"#, false), (#"{"prompt":["say hi"]}"#, false), (#"{"input":[[1]]}"#, false),
        ])
    func prompt(_ body: String, _ isFound: Bool) throws {
        #expect(try key(body, template(["say (?P<text>.*)"])).template == (isFound ? "t" : nil))
    }

    @Test("a prompt that is too long is taken by none")
    func long() throws {
        let template = try template(["(?P<all>.*)"])
        let letters = String(repeating: "x", count: AgentTemplate.longestPrompt)
        #expect(try key(chat(letters), template).template == "t")
        #expect(try key(chat(letters + "x"), template).template == nil)
    }

    @Test(
        "patterns that cannot be told are refused",
        arguments: [
            "(", ")", "a)|(b", "(?P<x>a)(?P<x>b)", "(?P<x>a", "[", "a\\", "(?P<>a)",
            String(repeating: "(a)", count: 10), #"\Qabc"#,
        ])
    func refused(_ pattern: String) {
        #expect(throws: AgentTemplate.Refusal.self) { try template([pattern]) }
    }

    @Test(
        "groups are told from what only looks like them",
        arguments: [
            #"\(a\) (?P<x>b)"#, #"[(] (?P<x>b)"#, #"[]()] (?P<x>b)"#, #"[^]()] (?P<x>b)"#, #"\Q(a)\E (?P<x>b)"#,
            #"(?:a) (?P<x>b)"#, #"(?i)a (?P<x>b)"#, #"[[:alpha:](] (?P<x>b)"#, #"[\](] (?P<x>b)"#, "(a) (b)",
        ])
    func groups(_ pattern: String) throws {
        let template = try template([pattern])
        let taken = try ["(a)", "(", ")", "a"].filter { try key(chat("\($0) b"), template).template == "t" }
        #expect(!taken.isEmpty)
    }
}
