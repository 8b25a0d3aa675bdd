import Foundation
import Proxy
import Telemetry
import Testing

@Suite("Syslog messages arrive framed as their transport wants, and a dead server holds nothing up")
struct SyslogTests {
    private let folder = ScratchFolder()
    private var clock = TestClock()

    /// The messages of a stream: each behind its length in bytes.
    private func unframed(_ text: String) -> [String]? {
        var rest = Array(text.utf8)[...]
        var messages: [String] = []
        while !rest.isEmpty {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard let count = Int(String(decoding: digits, as: UTF8.self)), rest.dropFirst(digits.count).first == 0x20
            else { return nil }
            rest = rest.dropFirst(digits.count + 1)
            guard rest.count >= count else { return nil }
            messages.append(String(decoding: rest.prefix(count), as: UTF8.self))
            rest = rest.dropFirst(count)
        }
        return messages
    }

    @Test("TCP: octet counting, RFC 5424 header, severity of the level")
    mutating func tcp() throws {
        let server = try #require(SyslogProbe(.tcp))
        let output = SyslogOutput(target: .tcp(host: "127.0.0.1", port: server.port))
        output.write("{\"a\":1}\n{\"b\":\"é\"}\n", level: .info, at: clock)
        output.write("last\n", level: .error, at: clock)
        let text = server.read(until: "last", output, at: &clock)
        let messages = try #require(unframed(text))
        #expect(messages.count == 3)
        let header = "<134>1 2024-02-29T00:00:00.000Z "
        #expect(messages[0].hasPrefix(header) && messages[0].hasSuffix(" - - {\"a\":1}"))
        #expect(messages[0].split(separator: " ").count == 8)
        #expect(messages[0].contains(" clawproxy \(ProcessInfo.processInfo.processIdentifier) - - "))
        #expect(messages[1].hasSuffix("{\"b\":\"é\"}"))
        #expect(messages[2].hasPrefix("<131>1 "))
        #expect(!output.isBusy)
    }

    @Test("UDP and unix datagrams: a message each, without a length", arguments: [true, false])
    mutating func datagrams(isUnix: Bool) throws {
        let path = folder.file("log")
        let server = try #require(SyslogProbe(isUnix ? .datagram(path) : .udp))
        let output = SyslogOutput(target: isUnix ? .unix(path: path) : .udp(host: "127.0.0.1", port: server.port))
        output.write("one\ntwo\n", at: clock)
        let messages = server.read(until: "two", output, at: &clock).split(separator: "|")
        #expect(messages.count == 2)
        #expect(messages.allSatisfy { $0.hasPrefix("<134>1 ") })
        #expect(messages.first?.hasSuffix(" one") == true)
    }

    @Test("a unix socket that is a stream is spoken to as one")
    mutating func unixStream() throws {
        let path = folder.file("log")
        let server = try #require(SyslogProbe(.stream(path)))
        let output = SyslogOutput(target: .unix(path: path))
        output.write("one\ntwo\n", at: clock)
        let messages = unframed(server.read(until: "two", output, at: &clock))
        #expect(messages?.count == 2)
        #expect(output.outage.takeNotices().isEmpty)
    }

    @Test("a server that is not there is one notice; when it comes, the waiting lines are sent")
    mutating func deadServer() throws {
        var server = SyslogProbe(.tcp)
        let port = try #require(server?.port)
        server?.close()
        server = nil
        let output = SyslogOutput(target: .tcp(host: "127.0.0.1", port: port))
        for number in 0..<10 {
            output.write("line-\(number)\n", at: clock)
            output.tick(now: clock.now)
            clock.advance(seconds: 40)
            output.tick(now: clock.now)
        }
        #expect(output.outage.isDown)
        #expect(output.outage.takeNotices().count == 1)
        server = SyslogProbe(.tcp, port: port)
        let alive = try #require(server)
        clock.advance(seconds: 40)
        let text = alive.read(until: "line-9", output, at: &clock)
        let messages = try #require(unframed(text))
        #expect(messages.count == 10)
        #expect(output.outage.takeNotices() == ["log output: syslog tcp 127.0.0.1:\(port): works again"])
        #expect(output.outage.lost == 0)
    }

    @Test("memory for a dead server is bounded, and the rest is counted")
    func bounded() {
        let output = SyslogOutput(target: .unix(path: folder.file("nobody")))
        let line = String(repeating: "x", count: 1000) + "\n"
        for _ in 0..<3000 { output.write(line, at: clock) }
        #expect(output.outage.lost > 1500 && output.outage.lost < 2500)
    }

    @Test("a connection that the server closes is made anew, and no message is torn")
    mutating func restart() throws {
        let server = try #require(SyslogProbe(.tcp))
        let output = SyslogOutput(target: .tcp(host: "127.0.0.1", port: server.port))
        output.write("one\n", at: clock)
        _ = server.read(until: "one", output, at: &clock)
        server.drop()
        let deadline = Date().addingTimeInterval(10)
        while !output.outage.isDown && Date() < deadline { output.tick(now: clock.now) }
        #expect(output.outage.isDown)
        output.write("two\n", at: clock)
        clock.advance(seconds: 40)
        let messages = unframed(server.read(until: "two", output, at: &clock))
        #expect(messages?.count == 1)
        #expect(!output.outage.isDown)
    }
}
