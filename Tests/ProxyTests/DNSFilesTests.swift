import Balancer
import Proxy
import Settings
import Testing

@Suite("What a machine's files say about names")
struct DNSFilesTests {
    private func servers(_ text: String) -> [String] { ResolverConfiguration(resolvConf: text).servers.map(\.spelling) }

    @Test("resolv.conf names servers, IPv6 with a scope too; what is no address is passed over")
    func servers() {
        #expect(
            servers("nameserver 10.0.0.1\nnameserver\t::1 # x\n nameserver fe80::1%eth0\n") == [
                "10.0.0.1", "::1", "fe80::1%eth0",
            ])
        #expect(servers("; nameserver 10.0.0.1\n# nameserver 10.0.0.2\nnameserver\nnameserver x\n") == ["127.0.0.1"])
        #expect(servers("") == ["127.0.0.1"])
        #expect(servers((1...20).map { "nameserver 10.0.0.\($0)" }.joined(separator: "\n")).count == 8)
        #expect(servers("nameserver 10.0.0.1\r\nnameserver 10.0.0.1") == ["10.0.0.1"])
    }

    @Test(
        "the last of search and domain counts; without them, the domain of this machine",
        arguments: [
            ("search a.test b\n", "h", ["a.test", "b"]), ("search a\ndomain b.test\n", "h", ["b.test"]),
            ("domain b\nsearch a . c", "h", ["a", "c"]), ("", "host.example.org", ["example.org"]), ("", "host", []),
            ("search\n", "host.example.org", []),
        ])
    func search(text: String, host: String, domains: [String]) {
        #expect(ResolverConfiguration(resolvConf: text, hostName: host).search.map(\.description) == domains)
    }

    @Test("options have the limits that the system gives them")
    func options() {
        var found = ResolverConfiguration(resolvConf: "options ndots:5 timeout:2 attempts:3 rotate use-vc edns0\n")
        #expect(
            found.ndots == 5 && found.timeout == .seconds(2) && found.attempts == 3 && found.rotates && found.usesTCP)
        found = ResolverConfiguration(resolvConf: "options ndots:99 timeout:99 attempts:99 ndots timeout:x\n")
        #expect(found.ndots == 15 && found.timeout == .seconds(30) && found.attempts == 5 && !found.rotates)
        found = ResolverConfiguration(resolvConf: "options timeout:0 attempts:0 ndots:-1")
        #expect(found.ndots == 0 && found.timeout == .seconds(1) && found.attempts == 1)
        found = ResolverConfiguration()
        #expect(found.ndots == 1 && found.timeout == .seconds(5) && found.attempts == 2)
    }

    @Test("our own settings stand before the file's")
    func settings() {
        let file = ResolverConfiguration(resolvConf: "nameserver 10.0.0.1\nsearch a\noptions ndots:5\n")
        #expect(file.under(ResolverSettings()) == file)
        var settings = ResolverSettings()
        settings.servers = [NameServer(address: [127, 0, 0, 1], port: 5353)]
        settings.search = []
        settings.timeout = .milliseconds(50)
        settings.attempts = 1
        let result = file.under(settings)
        #expect(result.servers.map(\.spelling) == ["127.0.0.1:5353"])
        #expect(result.search == [] && result.ndots == 5 && result.timeout == .milliseconds(50) && result.attempts == 1)
    }

    @Test(
        "a server is an address, with a port behind a colon; IPv6 with a port stands in brackets",
        arguments: [
            ("10.0.0.1", "10.0.0.1"), ("10.0.0.1:53", "10.0.0.1"), ("10.0.0.1:5353", "10.0.0.1:5353"), ("::1", "::1"),
            ("[::1]:5353", "[::1]:5353"), ("[fe80::1%eth0]:5353", "[fe80::1%eth0]:5353"),
            ("fe80::1%eth0", "fe80::1%eth0"),
            ("2001:db8::1:53", "2001:db8::1:53"), ("", nil), ("dns.test", nil), ("10.0.0.1:", nil), ("10.0.0.1:0", nil),
            ("10.0.0.1:65536", nil), ("[::1]", nil), ("[10.0.0.1]:53", nil), ("10.0.0.1%eth0", nil), ("fe80::1%", nil),
        ] as [(String, String?)])
    func server(text: String, spelling: String?) {
        #expect(NameServer(text)?.spelling == spelling)
    }

    @Test("hosts has names and aliases, several lines a name, comments; localhost is always this machine")
    func hosts() {
        let text =
            "127.0.0.1 localhost\n10.0.0.1\tagents.test Agents # 10.0.0.9 x\n::2 agents\nnonsense y\n10.0.0.1 agents\n#10.0.0.3 z"
        let hosts = HostsFile(text)
        #expect(hosts[DNS.name("AGENTS")].map(\.description) == ["10.0.0.1", "::2"])
        #expect(hosts[DNS.name("agents.test")].map(\.description) == ["10.0.0.1"])
        #expect(hosts[DNS.name("localhost")].map(\.description) == ["127.0.0.1"])
        #expect(hosts[DNS.name("x")] == [] && hosts[DNS.name("y")] == [] && hosts[DNS.name("z")] == [])
        #expect(HostsFile()[DNS.name("a.localhost")].map(\.description) == ["::1", "127.0.0.1"])
        #expect(HostsFile()[DNS.name("localhost.test")] == [])
    }

    @Test(
        "nsswitch.conf says whether others know names",
        arguments: [
            ("hosts: files dns\n", true, false), ("", true, false), ("passwd: files\n", true, false),
            ("hosts:files mdns4_minimal [NOTFOUND=return] dns", true, true), ("hosts: files", false, false),
            ("hosts:\tfiles dns myhostname # x", true, true),
            ("hosts : files [!UNAVAIL=return continue] dns", true, false),
            ("# hosts: files\nhosts: files resolve [!UNAVAIL=return]", false, true),
        ])
    func nameServices(text: String, dns: Bool, others: Bool) {
        let services = NameServices(text)
        #expect(services.usesDNS == dns)
        #expect(services.hasOthers == others)
    }
}

@Suite("The order of a host's addresses")
struct AddressOrderTests {
    /// Sorts addresses; each stands with the address that it would be reached from, if it can be.
    private func sorted(_ addresses: [(String, String?)]) throws -> [String] {
        let sources = try Dictionary(
            uniqueKeysWithValues: addresses.map { address, source in
                (try #require(HostAddress(address)), source.flatMap { HostAddress($0) })
            })
        let list = try addresses.map { try #require(HostAddress($0.0)) }
        return AddressOrder.sorted(list) { sources[$0] ?? nil }.map(\.description)
    }

    @Test("who cannot be reached comes last")
    func reachable() throws {
        #expect(try sorted([("2001:db8::1", nil), ("10.0.0.1", "10.0.0.9")]) == ["10.0.0.1", "2001:db8::1"])
    }

    @Test("IPv6 comes before IPv4, where it is reached from an address of its kind")
    func families() throws {
        #expect(try sorted([("127.0.0.1", "127.0.0.1"), ("::1", "::1")]) == ["::1", "127.0.0.1"])
        #expect(try sorted([("10.0.0.1", "10.0.0.9"), ("2001:db8::1", "2001:db8::9")]) == ["2001:db8::1", "10.0.0.1"])
        #expect(try sorted([("10.0.0.1", "10.0.0.9"), ("2001:db8::1", "fe80::9")]) == ["10.0.0.1", "2001:db8::1"])
        #expect(try sorted([("10.0.0.1", "10.0.0.9"), ("2001:db8::1", "fd00::9")]) == ["10.0.0.1", "2001:db8::1"])
        #expect(try sorted([("fd00::1", "fd00::9"), ("10.0.0.1", "10.0.0.9")]) == ["10.0.0.1", "fd00::1"])
    }

    @Test("equals stay as they came")
    func stable() throws {
        let list = (1...9).reversed().map { ("10.0.0.\($0)", Optional("10.0.0.99")) }
        #expect(try sorted(list) == list.map(\.0))
        #expect(try sorted([("10.0.0.2", nil), ("10.0.0.1", nil)]) == ["10.0.0.2", "10.0.0.1"])
    }
}
