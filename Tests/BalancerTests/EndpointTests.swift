import Balancer
import Settings
import Testing

@Suite("endpoints of agents")
struct EndpointTests {
    private func endpoint(_ text: String) -> (value: Endpoint?, problems: [Problem]) {
        var reading = Reading()
        return (Endpoint.read(.string(text), &reading), reading.problems)
    }

    @Test(
        "are read",
        arguments: [
            ("http://10.0.1.10:9090", "10.0.1.10", 9090), ("http://agent", "agent", 80),
            ("HTTP://Agent-1.Local:1/", "agent-1.local", 1),
            ("http://[::1]:9090", "::1", 9090), ("http://[2001:db8::1]", "2001:db8::1", 80),
            ("http://my_agent:65535", "my_agent", 65535),
        ])
    func tcp(_ text: String, _ host: String, _ port: Int) {
        #expect(endpoint(text).value == Endpoint(.tcp(host: host, port: port)))
        #expect(endpoint(text).problems.isEmpty)
    }

    @Test("may be sockets of this machine", arguments: ["unix:/run/a.sock", "unix:///run/a.sock"])
    func unix(_ text: String) {
        #expect(endpoint(text).value == Endpoint(.unix(path: "/run/a.sock")))
    }

    @Test("https is TLS, on port 443 unless told")
    func tls() {
        let (value, problems) = endpoint("https://agent")
        #expect(value == Endpoint(.tcp(host: "agent", port: 443), isTLS: true))
        #expect(problems.isEmpty)
        #expect(endpoint("https://[::1]:9443").value == Endpoint(.tcp(host: "::1", port: 9443), isTLS: true))
    }

    @Test(
        "are refused in any other form",
        arguments: [
            "", "agent:80", "ftp://agent", "http://", "http://:80", "http://agent:", "http://agent:0",
            "http://agent:65536",
            "http://agent:+80", "http://agent:8a", "http://agent/path", "http://agent:80?q", "http://agent#f",
            "http://user@agent", "http://user:word@agent", "http://::1:80", "http://[::1", "http://[::1]80",
            "http://[zz]:80",
            "http://[10.0.0.1]:80", "http://10.0.0.999:80", "http://10.0.0:80", "http://a b", "http://a\r\nb",
            "http://a//",
            "unix:relative", "unix:", "unix:/", "unix:/a\0b", "unix:/" + String(repeating: "a", count: 107), "//agent",
        ])
    func refused(_ text: String) {
        #expect(endpoint(text).value == nil)
        #expect(endpoint(text).problems.map(\.severity) == [.error])
    }

    @Test("a password never stands in a message")
    func password() {
        #expect(endpoint("http://user:hunter2@agent").problems.allSatisfy { !$0.message.contains("hunter2") })
    }

    @Test(
        "are written as they are read",
        arguments: [
            ("http://agent:80", "http://agent", "agent"), ("http://[::1]:9090", "http://[::1]:9090", "[::1]:9090"),
            ("https://agent:443", "https://agent", "agent"), ("unix:/run/a", "unix:/run/a", "localhost"),
        ])
    func spelling(_ text: String, _ spelling: String, _ authority: String) {
        let value = endpoint(text).value
        #expect(value?.spelling == spelling)
        #expect(value?.authority == authority)
        #expect(endpoint(value?.spelling ?? "").value == value)
    }
}
