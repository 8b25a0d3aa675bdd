import Access
import Settings
import Testing

@Suite("Each configured token is given once, in one way, under a name of its own")
struct AuthSettingsTests {
    @Test(
        "what is wrong is an error that says what was expected",
        arguments: [
            ("{tokens: [{name: 'a'}]}", "neither sha256 nor token"),
            ("{tokens: [{name: 'a', token: 'x', sha256: '\(TokenTableTests.digestOfTest)'}]}", "both sha256 and token"),
            ("{tokens: [{token: 'x'}]}", "is missing"),
            ("{tokens: [{name: '', token: 'x'}]}", "must not be empty"),
            ("{tokens: [{name: 'a', sha256: 'abc'}]}", "64 hexadecimal digits"),
            ("{tokens: [{name: 'a', token: 'two words'}]}", "a Bearer header carries no others"),
            (
                "{tokens: [{name: 'a', token: 'test'}, {name: 'b', sha256: '\(TokenTableTests.digestOfTest)'}]}",
                "of 'a'"
            ),
            ("{tokens: [{name: 'a', token: 'x'}, {name: 'a', token: 'y'}]}", "taken"),
            ("{tokens: [{name: 'a', token: 'x', tenant: ''}]}", "must not be empty"),
        ])
    func wrong(text: String, words: String) throws {
        let problems = try decoded(AuthSettings.self, text).problems
        #expect(problems.count == 1, "\(problems.map(\.description))")
        #expect(problems.first?.severity == .error)
        #expect(problems.first?.message.contains(words) == true, "\(problems.map(\.description))")
        #expect(problems.first?.position.line == 1)
    }

    @Test("a token never shows in a message or in what is shown of the settings")
    func concealed() throws {
        let (value, problems) = try decoded(
            AuthSettings.self, "{tokens: [{name: 'a', token: 'very secret'}, {name: 'b', token: 'hidden-too'}]}")
        #expect(!problems.contains { $0.description.contains("very") || $0.description.contains("hidden") })
        #expect(!value.json.contains("hidden"))
    }

    @Test("by default there are no tokens and none is forwarded")
    func defaults() {
        #expect(AuthSettings().tokens.isEmpty)
        #expect(!AuthSettings().forward)
    }
}
