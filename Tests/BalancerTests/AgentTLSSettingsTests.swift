import Balancer
import Settings
import Testing

@Suite("how agents behind https are known")
struct AgentTLSSettingsTests {
    private func read(_ text: String) throws -> (value: AgentTLSSettings, problems: [Problem]) {
        let node = try JSONReader.read(
            Array(text.utf8), source: "test", dialect: .json5, duplicates: .lastStays)
        var reading = Reading()
        return (AgentTLSSettings.decode(node, &reading), reading.problems)
    }

    @Test("agents are verified unless that is given up, by TLS 1.2 at least")
    func defaults() throws {
        let (value, problems) = try read("{}")
        #expect(problems.isEmpty && value == AgentTLSSettings())
        #expect(value.verify && value.minVersion == .v12 && value.caFile == nil)
    }

    @Test(
        "versions are read in any spelling, a number's too",
        arguments: [("'1.2'", TLSVersion.v12), ("1.3", .v13), ("'TLSv1.3'", .v13), ("'TLS1.3'", .v13)])
    func versions(_ text: String, _ version: TLSVersion) throws {
        let (value, problems) = try read("{minVersion: \(text)}")
        #expect(value.minVersion == version && problems.isEmpty)
    }

    @Test("broken versions of TLS are refused", arguments: ["'1.1'", "1.0", "'SSLv3'", "true"])
    func oldVersions(_ text: String) throws {
        #expect(try read("{minVersion: \(text)}").problems.map(\.severity) == [.error])
    }

    @Test("files are named by absolute paths", arguments: ["caFile", "certFile", "keyFile"])
    func paths(_ key: String) throws {
        #expect(try read("{\(key): '/etc/ca.pem'}").problems.isEmpty)
        #expect(try read("{\(key): 'ca.pem'}").problems.map(\.severity) == [.error])
    }

    @Test("a server's name is a host's or an address", arguments: ["agent.internal", "a_1", "10.0.0.1", "2001:db8::1"])
    func names(_ name: String) throws {
        #expect(try read("{serverName: '\(name)'}").problems.isEmpty)
    }

    @Test("a name that means several hosts is refused", arguments: ["", ".internal", "*.internal", "a b", "https://a"])
    func wrongNames(_ name: String) throws {
        #expect(try read("{serverName: '\(name)'}").problems.map(\.severity) == [.error])
    }

    @Test("an agent's own say key by key what differs")
    func own() throws {
        let node = try JSONReader.read(
            Array("{id: 'a', endpoint: 'https://a', tls: {serverName: 'b', verify: true}}".utf8), source: "test",
            dialect: .json5, duplicates: .lastStays)
        var reading = Reading()
        let agent = AgentSettings.decode(node, &reading)
        #expect(reading.problems.isEmpty && agent.tls.isGiven)
        var shared = AgentTLSSettings()
        shared.caFile = "/ca.pem"
        shared.verify = false
        let effective = agent.tls.over(shared)
        #expect(effective.caFile == "/ca.pem" && effective.serverName == "b" && effective.verify)
        #expect(AgentSettings().tls.over(shared) == shared)
    }
}
