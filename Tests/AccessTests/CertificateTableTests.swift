import Access
import Settings
import Testing

@Suite("Certificates name whom the table says")
struct CertificateTableTests {
    private func table(_ text: String) throws -> CertificateTable {
        let (settings, problems) = try decoded(ClientCertificateSettings.self, text)
        #expect(problems.isEmpty, "\(problems)")
        return CertificateTable(settings)
    }

    private func shown(_ subject: String, _ names: [String] = [], _ fingerprint: String = "f") throws -> PresentedCertificate {
        PresentedCertificate(subject: subject, names: names, fingerprint: try #require(SHA256Digest(of: fingerprint)))
    }

    @Test("the fingerprint counts before names, and those before the subject")
    func order() throws {
        let digest = try #require(SHA256Digest(of: "f")).hex
        let colons = String(digest.enumerated().flatMap { $0 > 0 && $0 % 2 == 0 ? [":", $1] : [$1] }).uppercased()
        let table = try table(
            """
            {names: [{name: "by print", fingerprint: "\(colons)", tenant: "t"}, {name: "by name", san: "Edge.Test"},
                     {name: "by uri", san: "spiffe://test/edge"}, {name: "by subject", subject: "CN=edge, O=Example"}]}
            """)
        #expect(table.credential(try shown("CN=edge,O=Example", ["edge.test"]))?.name == "by print")
        #expect(table.credential(try shown("CN=edge,O=Example", ["edge.test"]))?.tenant == "t")
        #expect(table.credential(try shown("CN=edge,O=Example", ["x", "edge.test"], "g"))?.name == "by name")
        #expect(table.credential(try shown("CN=x", ["spiffe://test/edge"], "g"))?.name == "by uri")
        #expect(table.credential(try shown("CN=edge,O=Example", [], "g"))?.name == "by subject")
        #expect(table.credential(try shown("CN=edge,O=Example", [], "g"))?.kind == .clientCertificate)
    }

    @Test("nobody else is let in", arguments: ["CN=edge", "CN=edge,O=Example,C=DE", "cn=edge,O=Example", "CN=edge\\, O=Example", ""])
    func strangers(subject: String) throws {
        let table = try table(#"{names: [{name: "a", subject: "CN=edge,O=Example"}, {name: "b", san: "edge.test"}]}"#)
        #expect(table.credential(try shown(subject, ["edge.test.evil", "xedge.test", "*.test"])) == nil)
    }

    @Test("any: called by its first name, and one tenant for each certificate")
    func any() throws {
        let table = try table("{any: true}")
        let (one, other) = (table.credential(try shown("CN=a", ["a.test"], "1")), table.credential(try shown("CN=a", ["a.test"], "2")))
        #expect(one?.name == "a.test" && other?.name == "a.test" && one?.tenant != other?.tenant)
        #expect(table.credential(try shown("CN=a"))?.name == "CN=a")
        #expect(table.credential(try shown("CN=a", ["a\r\nX: 1"])) == nil, "a name that would break out of its line")
        #expect(table.credential(try shown("")) == nil)
    }
}

@Suite("Names of one sort do not pass for another's")
struct PresentedCertificateTests {
    @Test("what reads like another sort is left out")
    func sorts() throws {
        let shown = PresentedCertificate(
            subject: "CN=a", uris: ["spiffe://a/b", "a.test"], hosts: ["a.test", "*.a.test", "10.0.0.1", "a@b.test", "spiffe://x/y", ""],
            emails: ["a@b.test", "a.test", "mailto:a@b"], addresses: ["10.0.0.2", "::1"],
            fingerprint: try #require(SHA256Digest(of: "f")))
        #expect(shown.names == ["spiffe://a/b", "a.test", "*.a.test", "a@b.test", "10.0.0.2", "::1"])
    }
}
