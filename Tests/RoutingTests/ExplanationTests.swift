import Routing
import Testing

@Suite("every rule says why it wins or loses")
struct ExplanationTests {
    @Test("reasons name what decides, and nothing that the client sent")
    func reasons() throws {
        let router = try router(
            """
            {default: 'z', rules: [
              {name: 'exact', match: {type: 'exact', pattern: '/other'}, target: 'x'},
              {name: 'host', match: {type: 'prefix', pattern: '/a', hosts: ['b.com', '*.c.com']}, target: 'x'},
              {name: 'method', match: {type: 'prefix', pattern: '/a', methods: ['POST', 'PUT']}, target: 'x'},
              {name: 'field', match: {type: 'prefix', pattern: '/a', headers: {authorization: 'Bearer x'}},
                target: 'x'},
              {name: 'parameter', match: {type: 'prefix', pattern: '/a', query: {v: '2'}}, target: 'x'},
              {name: 'short', match: {type: 'prefix', pattern: '/a'}, target: 'x'},
              {name: 'winner', match: {type: 'prefix', pattern: '/a/b'}, target: 'x'},
              {name: 'regex', match: {type: 'regex', pattern: 'b'}, target: 'x'},
              {name: 'no regex', match: {type: 'regex', pattern: 'zz'}, target: 'x'}]}
            """)
        let request = try head("/a/b?v=3", fields: ["Authorization: Bearer s3cret"])
        let told = router.explain(request)
        #expect(told.map(\.name) == router.rules.map(\.name))
        #expect(
            told.map(\.reason) == [
                "the path is not '/other'", "the host is not 'b.com' or '*.c.com'", "the method is not POST or PUT",
                "the field authorization has another value", "the parameter 'v' has another value",
                "fits, but loses to rule 'winner', with a longer prefix", "wins",
                "fits, but loses to rule 'winner', of a type that comes first: exact, prefix, regex, semantic, default",
                "'zz' is not found in the path",
                "fits, but loses to rule 'winner', a rule of its own, before routing.default",
            ])
        #expect(told.filter(\.wins).map(\.rule) == [router.match(request)])
        #expect(told.map(\.held) == [0, 1, 2, 3, 4, 5, 5, 5, 0, 5], "how near each came")
    }

    // MARK: semantic rules

    private static let type = "of a type that comes first: exact, prefix, regex, semantic, default"

    private static let semantic = """
        {default: 'z', rules: [
          {name: 'chat', match: {type: 'semantic', threshold: 0.82, categories: ['qa', 'general']}, target: 'x'},
          {name: 'code', match: {type: 'semantic', threshold: 0.78, categories: ['code']}, target: 'x'},
          {name: 'high', match: {type: 'semantic', threshold: 0.9, categories: ['law']}, target: 'x', priority: 1},
          {name: 'low', match: {type: 'semantic', categories: ['law']}, target: 'x', priority: -1},
          {name: 'below', match: {type: 'semantic', categories: ['law'], pattern: '/v2'}, target: 'x'},
          {name: 'prefix', match: {type: 'prefix', pattern: '/v1'}, target: 'x'},
          {name: 'rest', match: {type: 'default', methods: ['GET']}, target: 'x'}]}
        """

    @Test("without scores each semantic rule tells what it would take, and who is left otherwise")
    func withoutScores() throws {
        let told = try router(Self.semantic).explain(head("/"))
        #expect(
            told.map(\.reason) == [
                "fits; wins if its categories (qa, general) reach 0.82 and no other semantic rule does better",
                "fits; wins if its categories (code) reach 0.78 and no other semantic rule does better",
                "fits; wins if its categories (law) reach 0.90 and no other semantic rule does better",
                "fits, but loses to rule 'rest', of higher priority", "the path is not below '/v2'",
                "the path is not below '/v1'", "wins if no semantic rule reaches its threshold",
                "fits, but loses to rule 'rest', a rule of its own, before routing.default",
            ])
        #expect(told.filter(\.wins).map(\.name) == ["rest"])
        #expect(told.map(\.threshold) == [0.82, 0.78, 0.9, nil, nil, nil, nil, nil])
        #expect(told.allSatisfy { $0.score == nil })
        let exact = try router(Self.semantic).explain(head("/v1"))
        #expect(exact[0].reason == "fits, but loses to rule 'prefix', \(Self.type)")
        #expect(exact[2].reason == "fits; wins if its categories (law) reach 0.90")
        #expect(exact[5].reason == "wins if no semantic rule reaches its threshold" && exact[5].wins)
    }

    /// The reasons of the semantic rules that are asked, and of the default rule, for these scores.
    private func reasons(_ chat: Float?, _ code: Float?, _ high: Float? = 0) throws -> [String] {
        let told = try router(Self.semantic).explain(head("/")) { [chat, code, high, 0.99, 0.99][$0] }
        #expect(told[3].reason == "fits, but loses to rule '\(told.first { $0.wins }?.name ?? "")', of higher priority")
        #expect(told.map(\.score) == [chat, code, high, nil, nil, nil, nil, nil], "what was not asked has no score")
        return [0, 1, 2, 6].map { told[$0].reason }
    }

    @Test("with scores each tells what it scored, and who scored more")
    func withScores() throws {
        #expect(
            try reasons(0.91, 0.85) == [
                "scored 0.91 of 0.82: wins", "scored 0.85 of 0.78, but loses to rule 'chat' with 0.91",
                "scored 0.00, below its threshold 0.90", "fits, but loses to rule 'chat', \(Self.type)",
            ])
        #expect(
            try reasons(0.4, 0.1) == [
                "scored 0.40, below its threshold 0.82", "scored 0.10, below its threshold 0.78",
                "scored 0.00, below its threshold 0.90", "wins",
            ])
        #expect(
            try reasons(0.9, 0.9, 0.95) == [
                "scored 0.90 of 0.82, but loses to rule 'high', of higher priority",
                "scored 0.90 of 0.78, but loses to rule 'high', of higher priority", "scored 0.95 of 0.90: wins",
                "fits, but loses to rule 'high', of higher priority",
            ])
        #expect(
            try reasons(0.9, 0.9)[1] == "scored 0.90 of 0.78, but loses to rule 'chat' with the same, written first")
        let silent = "fits, but there is no text that could be judged"
        #expect(try reasons(nil, nil, nil) == [silent, silent, silent, "wins"])
    }

    @Test("scores that look alike have as many decimals as it takes to tell them apart")
    func decimals() throws {
        #expect(try reasons(0.8199, 0)[0] == "scored 0.8199, below its threshold 0.8200")
        #expect(try reasons(0.8201, 0.8199)[1] == "scored 0.8199 of 0.7800, but loses to rule 'chat' with 0.8201")
        #expect(try reasons(0.82, 0)[0] == "scored 0.82 of 0.82: wins")
    }
}
