import Balancer
import NIOCore
import Testing
import Wire

@testable import Proxy

@Suite("what binds a request to an agent")
struct AffinityTests {
    private func head(_ lines: String...) -> RequestHead {
        let head = RequestHead()
        let text = (["GET /a?x=1&session=s2 HTTP/1.1", "Host: T1.test"] + lines + ["", ""]).joined(separator: "\r\n")
        _ = Array(text.utf8).withUnsafeBytes { head.take($0, limits: WireLimits()) }
        return head
    }

    private func client(isTrusted: Bool = false) -> Client {
        Client(try? SocketAddress(ipAddress: "10.0.0.9", port: 5), .clients, isTrusted: { _ in isTrusted })
    }

    private func key(_ keys: [HashKey], _ head: RequestHead, trusted: Bool = false) -> UInt64? {
        guard case .key(let found) = KeyFinder(keys)?.find(head, client(isTrusted: trusted)) else { return nil }
        return found
    }

    @Test("the same value is the same session wherever it stands; the first key that is there counts")
    func places() {
        let value = Array("s2".utf8).withUnsafeBytes { StableHash.of($0) }
        #expect(key([.query("session")], head()) == value)
        #expect(key([.cookie("sid")], head("Cookie: a=b; sid=s2")) == value)
        #expect(key([.cookie("sid")], head("Cookie: xsid=no", "Cookie: sid=s2 ; z=1")) == value)
        #expect(key([.header("x-key")], head("X-KEY: s2")) == value)
        #expect(key([.header("x-none"), .query("session")], head()) == value)
        #expect(key([.header("x-none"), .cookie("none"), .query("sess")], head()) == nil)
        #expect(key([.host], head()) == Array("t1.test".utf8).withUnsafeBytes { StableHash.of($0) })
    }

    @Test("x-user-id counts from trusted peers alone")
    func users() {
        let head = head("X-User-Id: alice")
        #expect(key([.header("x-user-id")], head) == nil)
        #expect(key([.header("x-user-id")], head, trusted: true) != nil)
    }

    @Test("a body is asked for where it may hold the key, and only if nothing before it is there")
    func bodies() throws {
        let finder = try #require(KeyFinder([.header("x-session-key"), .body("user"), .response]))
        let json = head("Content-Type: application/json", "Content-Length: 5")
        guard case .body = finder.find(json, client()) else { return #expect(Bool(false), "no body was asked for") }
        guard case .none = finder.find(head("Content-Type: text/plain", "Content-Length: 5"), client()) else {
            return #expect(Bool(false), "a body of text was asked for")
        }
        guard
            case .key = finder.find(
                head("X-Session-Key: k", "Content-Type: application/json", "Content-Length: 5"), client())
        else { return #expect(Bool(false), "the header was not seen") }
        guard case .key(let user) = finder.find(json, client(), body: [Array("u".utf8), Array("resp_1".utf8)]) else {
            return #expect(Bool(false), "the user was not seen")
        }
        guard case .key(let response) = finder.find(json, client(), body: [nil, Array("u".utf8)]) else {
            return #expect(Bool(false), "the response was not seen")
        }
        #expect(user != response, "a user of a response's name is somebody else")
    }

    @Test("a cookie is taken only as it was signed")
    func cookie() throws {
        var settings = AffinityCookieSettings()
        settings.name = "claw"
        let cookie = try #require(AffinityCookie(settings))
        let secret = Array("secret".utf8)
        let line = String(decoding: cookie.line(agent: 0xABC, secret: secret), as: UTF8.self)
        #expect(
            line.hasPrefix("Set-Cookie: claw=0000000000000abc.")
                && line.hasSuffix("; Path=/; HttpOnly; SameSite=Lax\r\n"))
        let value = Array(line.dropFirst("Set-Cookie: claw=".count).prefix(49).utf8)
        #expect(value.withUnsafeBytes { cookie.agent($0, secret: secret) } == 0xABC)
        #expect(value.withUnsafeBytes { cookie.agent($0, secret: [1]) } == nil)
        for position in value.indices {
            var forged = value
            forged[position] = forged[position] == 0x30 ? 0x31 : 0x30
            #expect(forged.withUnsafeBytes { cookie.agent($0, secret: secret) } == nil, "byte \(position)")
        }
        #expect(value.dropLast().withUnsafeBytes { cookie.agent($0, secret: secret) } == nil)
    }
}
