import Access
import Settings
import Testing

@Suite("A token is admitted when its digest is a configured one")
struct TokenTableTests {
    /// SHA-256 of `test`, as NIST's own tools give it.
    static let digestOfTest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

    private static func table(_ text: String) throws -> TokenTable {
        let (settings, problems) = try decoded(AuthSettings.self, text)
        #expect(problems.isEmpty)
        return TokenTable(settings)
    }

    private func admit(_ value: String?, _ table: TokenTable) -> Admission {
        guard var value else { return table.admit(authorization: nil) }
        return value.withUTF8 { table.admit(authorization: UnsafeRawBufferPointer($0)) }
    }

    private func name(_ admission: Admission) -> String? {
        guard case .admitted(let credential) = admission else { return nil }
        return credential.name
    }

    @Test("the digest of a known text is the known one")
    func knownDigest() throws {
        var text = "test"
        let digest = text.withUTF8 { SHA256Digest(of: UnsafeRawBufferPointer($0)) }
        #expect(digest?.hex == Self.digestOfTest)
        #expect(digest == SHA256Digest(hex: Self.digestOfTest.uppercased()))
    }

    @Test("tokens given by digest and as they are both work, and each names its own")
    func bothForms() throws {
        let table = try Self.table(
            """
            {tokens: [
              {name: "one", tenant: "acme", sha256: "\(Self.digestOfTest)"},
              {name: "two", token: "second-token"},
              {name: "three", token: "third-token", tenant: "globex"},
            ]}
            """)
        #expect(!table.isEmpty)
        guard case .admitted(let first) = admit("Bearer test", table) else {
            Issue.record("refused")
            return
        }
        #expect(first.name == "one" && first.tenant == "acme" && first.index == 0)
        #expect(name(admit("bearer third-token", table)) == "three")
        guard case .admitted(let second) = admit("Bearer second-token", table) else {
            Issue.record("refused")
            return
        }
        #expect(second.tenant == "two", "without a tenant the name stands for it")
        #expect(second.index == 1)
    }

    @Test("every entry of a long list is found, and nobody else's token")
    func everyEntry() throws {
        let entries = (0..<200).map { "{name: \"n\($0)\", token: \"token-\($0)\"}" }.joined(separator: ",")
        let table = try Self.table("{tokens: [\(entries)]}")
        for index in 0..<200 { #expect(name(admit("Bearer token-\(index)", table)) == "n\(index)") }
        #expect(admit("Bearer token-200", table) == .refused(.invalid))
        #expect(admit("Bearer token-1x", table) == .refused(.invalid))
    }

    @Test("what is no bearer token gets the bare challenge, a wrong one the reason")
    func challenges() throws {
        let table = try Self.table("{tokens: [{name: \"one\", token: \"secret\"}]}")
        #expect(admit(nil, table) == .refused(.missing))
        #expect(admit("Basic c2VjcmV0", table) == .refused(.missing))
        #expect(admit("Bearer ", table) == .refused(.missing))
        #expect(admit("Bearer wrong", table) == .refused(.invalid))
        #expect(admit("Bearer Secret", table) == .refused(.invalid), "tokens are compared as they are")
        #expect("\(Challenge.missing.text)" == "Bearer realm=\"clawproxy\"")
        #expect("\(Challenge.invalid.text)".contains("error=\"invalid_token\""))
    }

    @Test("without tokens everything is refused")
    func emptyTable() throws {
        let table = try Self.table("{}")
        #expect(table.isEmpty)
        #expect(admit(nil, table) == .refused(.missing))
        #expect(admit("Bearer anything", table) == .refused(.invalid))
        // The digest of nothing is no way in either.
        #expect(table.credential(bearer: UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
    }

    @Test("the digest itself is no token")
    func digestIsNoToken() throws {
        let table = try Self.table("{tokens: [{name: \"one\", sha256: \"\(Self.digestOfTest)\"}]}")
        #expect(admit("Bearer \(Self.digestOfTest)", table) == .refused(.invalid))
    }
}
