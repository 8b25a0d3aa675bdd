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
                "fits, but loses to rule 'winner', of a type that comes first: exact, prefix, regex, default",
                "'zz' is not found in the path",
                "fits, but loses to rule 'winner', a rule of its own, before routing.default",
            ])
        #expect(told.filter(\.wins).map(\.rule) == [router.match(request)])
        #expect(told.map(\.held) == [0, 1, 2, 3, 4, 5, 5, 5, 0, 5], "how near each came")
    }
}
