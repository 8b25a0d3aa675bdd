import Settings
import Testing

@Suite("requiresAuth is a boolean, a kind of credential, or a list of kinds")
struct AuthKindsTests {
    private func read(_ text: String) throws -> (kinds: AuthKinds?, problems: [Problem]) {
        let node = try JSONReader.read(Array(text.utf8), source: "test.json", dialect: .json5)
        var reading = Reading()
        return (AuthKinds.read(node, &reading), reading.problems)
    }

    @Test(
        "what is taken",
        arguments: [
            ("true", AuthKinds.any), ("false", []), ("\"jwt\"", .jwt), ("[\"token\", \"api-key\"]", [.token, .apiKey]),
            ("\"Client Certificate\"", .clientCertificate), ("[\"forward\"]", .forward), ("\"true\"", .any), ("\"false\"", []),
        ] as [(String, AuthKinds)])
    func taken(text: String, kinds: AuthKinds) throws {
        let found = try read(text)
        #expect(found.kinds == kinds && found.problems.isEmpty, "\(text)")
    }

    @Test("what is not", arguments: ["[]", "7", "null", "{}", "\"tokne\"", "[\"jwt\", 7]", "[true]"])
    func refused(text: String) throws {
        let found = try read(text)
        #expect(found.kinds == nil && !found.problems.isEmpty, "\(text)")
    }

    @Test("the text is read back", arguments: [AuthKinds.any, [], .jwt, [.token, .forward]])
    func texts(kinds: AuthKinds) throws { #expect(try read(kinds.text).kinds == kinds) }
}
