import COpenSSL
import NIOCore
import Settings
import Testing

@testable import Proxy

/// A client and a server of ours, and the bytes between them.
private final class Ends {
    let client: TLSSession
    let server: TLSSession
    private var toServer = ByteBuffer()
    private var toClient = ByteBuffer()
    var atServer = ByteBuffer()
    var atClient = ByteBuffer()
    var serverEvents: [TLSSession.Event] = []
    var clientEvents: [TLSSession.Event] = []
    let step: Int

    init(_ context: TLSClientContext, _ name: String, _ server: TLSServer, keys: TLSTicketKeys, place: Int = 0, step: Int = .max) throws {
        client = try TLSSession(client: context, name: TLSPeerName(name), peer: "there:1")
        self.server = try TLSSession(server: server, keys: keys, place: place)
        self.step = step
        #expect(client.begin(&toServer) == nil)
    }

    func run() {
        while toServer.readableBytes > 0 || toClient.readableBytes > 0 {
            if var piece = toServer.readSlice(length: min(step, toServer.readableBytes)), piece.readableBytes > 0 {
                while let event = server.next(&piece, &atServer, &toClient) { serverEvents.append(event) }
            }
            if var piece = toClient.readSlice(length: min(step, toClient.readableBytes)), piece.readableBytes > 0 {
                while let event = client.next(&piece, &atClient, &toServer) { clientEvents.append(event) }
            }
        }
    }

    func feed(_ bytes: [UInt8]) {
        var piece = ByteBuffer(bytes: bytes)
        while let event = server.next(&piece, &atServer, &toClient) {
            serverEvents.append(event)
            if case .failed = event { return }
        }
    }

    func answer(_ bytes: [UInt8]) -> TLSFailure? { bytes.withUnsafeBytes { server.encrypt($0, &toClient) } }
    func finish() { server.finish(&toClient) }

    var refusal: TLSRefusal? {
        for case .failed(let failure) in serverEvents { return failure.refusal }
        return nil
    }
}

@Suite("a server's session of TLS")
struct TLSServerTests {
    private let certificates: TLSCertificates
    private let leaf: TLSCertificates.Leaf
    private let keys: TLSTicketKeys

    init() throws {
        certificates = try TLSCertificates.shared.get()
        leaf = try certificates.issue(["DNS:a.test", "DNS:*.b.test"])
        keys = try TLSTicketKeys(random: nil)
    }

    private func server(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> TLSServer {
        var settings = TLSSettings()
        settings.cert = leaf.certificate
        settings.key = leaf.key
        change(&settings)
        return try TLSServer(TLSServerOptions(settings))
    }

    private func context(_ change: (inout TLSClientOptions) -> Void = { _ in }) throws -> TLSClientContext {
        var options = TLSClientOptions()
        options.caFile = certificates.ca
        change(&options)
        return try TLSClientContext(options)
    }

    @Test("is the same however the bytes are cut", arguments: [1, 7, 1000, Int.max])
    func splits(_ step: Int) throws {
        let ends = try Ends(context(), "a.test", server(), keys: keys, step: step)
        ends.run()
        #expect(ends.serverEvents == [.established] && ends.clientEvents == [.established])
        let answer = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(ends.answer(answer) == nil)
        ends.finish()
        ends.run()
        #expect(Array(ends.atClient.readableBytesView) == answer)
        #expect(ends.clientEvents == [.established, .ended])
        let facts = try #require(ends.server.clientFacts)
        #expect(facts.version == "TLSv1.3" && facts.serverName == "a.test" && facts.applicationProtocol == "http/1.1")
        #expect(facts.certificate == nil && !facts.isResumed)
    }

    @Test("resumes what it began, for the same name and listener, by a key that it has")
    func resumption() throws {
        let context = try context()
        let server = try server()
        func isResumed(_ name: String, place: Int = 0, keys: TLSTicketKeys? = nil) throws -> Bool {
            let ends = try Ends(context, name, server, keys: keys ?? self.keys, place: place)
            ends.run()
            #expect(ends.serverEvents == [.established])
            return ends.server.isResumed
        }
        #expect(try !isResumed("a.test"))
        #expect(try isResumed("a.test"))
        #expect(try !isResumed("a.test", place: 1))
        #expect(try isResumed("a.test", place: 1))
        #expect(try !isResumed("x.b.test"))
        let rotated = try TLSTicketKeys(random: keys)
        #expect(rotated.count == 2)
        #expect(try isResumed("x.b.test", keys: rotated))
        #expect(try !isResumed("x.b.test", keys: TLSTicketKeys(random: nil)))
    }

    @Test("tells plain HTTP, noise and cuts apart, and never goes on after them")
    func noise() throws {
        let ends = { try Ends(context(), "a.test", server(), keys: keys) }
        let plain = try ends()
        plain.feed(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect(plain.refusal == .plain)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let noisy = try ends()
            let isHello = Bool.random(using: &random)
            let count = Int.random(in: 1...400, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            if isHello { bytes = [0x16, 3, 1, UInt8(count >> 8), UInt8(count & 255), 1, 0] + bytes }
            noisy.feed(bytes)
            noisy.feed(bytes)
            #expect(!noisy.server.isOpen)
        }
    }

    @Test("takes exact names before wildcards, which stand for one label")
    func names() throws {
        let exact = try certificates.issue(["DNS:x.b.test"])
        let server = try server {
            var entry = TLSCertificateSettings()
            entry.cert = exact.certificate
            entry.key = exact.key
            $0.certificates = [entry]
        }
        let usual = try #require(server.context)
        #expect(server.context(for: "a.test") === usual && server.context(for: "y.b.test") === usual)
        #expect(server.context(for: "x.b.test") !== usual)
        for name in ["", ".", "b.test", "z.x.b.test", "*.b.test.", "\u{0}", String(repeating: "a.", count: 200)] {
            #expect(server.context(for: name) === usual)
        }
    }

    @Test("reads keys of tickets by lines, or one as it is")
    func ticketKeys() {
        let hex80 = String(repeating: "0a", count: 80)
        let hex48 = String(repeating: "FF", count: 48)
        #expect(TLSTicketKeys.parse(Array("# new\n\(hex80)\r\n\n \(hex48)\n".utf8))?.count == 2)
        #expect(TLSTicketKeys.parse(Array(String(repeating: "AAAA", count: 16).utf8))?.count == 1)
        #expect(TLSTicketKeys.parse([UInt8](repeating: 200, count: 80))?.first?.aesCount == 32)
        #expect(TLSTicketKeys.parse([UInt8](repeating: 200, count: 48))?.first?.aesCount == 16)
        let odd = ["", "\n", "0a", hex80 + "00", hex80 + "\nx", "====", String(repeating: "\(hex48)\n", count: 17)]
        for text in odd { #expect(TLSTicketKeys.parse(Array(text.utf8)) == nil, "\(text.prefix(20))") }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let count = Int.random(in: 0...300, using: &random)
            _ = TLSTicketKeys.parse((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }

    @Test("tells suites of TLS 1.3 from lists for 1.2")
    func ciphers() {
        let mixed = TLSCiphers(["TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256:!aNULL", "TLS_RSA_WITH_AES_128_GCM_SHA256"])
        #expect(mixed.suites == "TLS_AES_128_GCM_SHA256" && mixed.wrong == nil)
        #expect(mixed.list == "ECDHE-RSA-AES128-GCM-SHA256:!aNULL:AES128-GCM-SHA256")
        #expect(TLSCiphers([]).list == nil && TLSCiphers([]).suites.isEmpty)
        for wrong in ["TLS_AES_127", "TLS_X_WITH_Y", "nonsense", "a\u{0}b"] { #expect(TLSCiphers([wrong]).wrong == wrong) }
    }

    @Test("a client's identity is one line, whatever its certificate says")
    func identity() throws {
        let own = try certificates.issue(["DNS:c.test"], usage: "clientAuth")
        let server = try server { $0.clientCA = certificates.ca }
        let ends = try Ends(
            context {
                $0.certFile = own.certificate
                $0.keyFile = own.key
            }, "a.test", server, keys: keys)
        ends.run()
        let certificate = try #require(ends.server.clientFacts?.certificate)
        #expect(certificate.subject == "CN=leaf" && certificate.hosts == ["c.test"] && certificate.fingerprint.count == 64)
        #expect(certificate.text == "Hash=\(certificate.fingerprint);Subject=\"CN=leaf\";DNS=c.test")
        let stranger = try Ends(context(), "a.test", server, keys: keys)
        stranger.run()
        #expect(stranger.refusal == .certificate)
    }
}
