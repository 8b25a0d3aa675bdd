import NIOCore
import Proxy
import Testing

/// A client's session and a server, and the bytes between them.
private final class Pair {
    let client: TLSSession
    let server: TLSPeer
    var toServer = ByteBuffer()
    var toClient = ByteBuffer()
    var received = ByteBuffer()
    var seen: [UInt8] = []
    var events: [TLSSession.Event] = []
    /// How many bytes of what is under way arrive at once.
    let step: Int

    init(_ context: TLSClientContext, _ name: String, _ server: TLSPeer.Context, step: Int = .max) throws {
        client = try TLSSession(client: context, name: TLSPeerName(name), peer: "there:1")
        self.server = try TLSPeer(server)
        self.step = step
        #expect(client.begin(&toServer) == nil)
    }

    /// Carries bytes until nobody has anything to say.
    func run() {
        while toServer.readableBytes > 0 || toClient.readableBytes > 0 {
            if let piece = toServer.readSlice(length: min(step, toServer.readableBytes)), piece.readableBytes > 0 {
                seen += server.take(piece, &toClient)
            }
            if var piece = toClient.readSlice(length: min(step, toClient.readableBytes)), piece.readableBytes > 0 {
                while let event = client.next(&piece, &received, &toServer) { events.append(event) }
            }
        }
    }

    func send(_ bytes: [UInt8]) -> TLSFailure? { bytes.withUnsafeBytes { client.encrypt($0, &toServer) } }

    var failure: TLSFailure? {
        guard case .failed(let failure) = events.last else { return nil }
        return failure
    }
}

@Suite("a client's session of TLS")
struct TLSSessionTests {
    private let certificates: TLSCertificates
    private let leaf: TLSCertificates.Leaf

    init() throws {
        certificates = try TLSCertificates.shared.get()
        leaf = try certificates.issue(["DNS:a.test", "DNS:*.b.test", "IP:127.0.0.1", "IP:2001:db8::1"])
    }

    private func context(_ change: (inout TLSClientOptions) -> Void = { _ in }) throws -> TLSClientContext {
        var options = TLSClientOptions()
        options.caFile = certificates.ca
        change(&options)
        return try TLSClientContext(options)
    }

    @Test("is the same however the bytes are cut", arguments: [1, 7, 1000, Int.max], [0, 0x0303])
    func splits(_ step: Int, _ maxVersion: Int) throws {
        let pair = try Pair(context(), "a.test", TLSPeer.Context(leaf, maxVersion: maxVersion), step: step)
        pair.run()
        #expect(pair.events == [.established])
        #expect(pair.client.isOpen && pair.client.version == (maxVersion == 0 ? "TLSv1.3" : "TLSv1.2"))
        #expect(pair.server.serverName == "a.test")
        #expect(pair.client.applicationProtocol == "http/1.1")
        let question = Array("a question".utf8)
        let answer = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(pair.send(question) == nil)
        pair.run()
        #expect(pair.seen == question)
        pair.server.send(answer, &pair.toClient)
        pair.run()
        #expect(Array(pair.received.readableBytesView) == answer)
        #expect(pair.events == [.established])
    }

    @Test("carries megabytes within one call")
    func large() throws {
        let pair = try Pair(context(), "a.test", TLSPeer.Context(leaf))
        pair.run()
        let many = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 251) }
        #expect(pair.send(many) == nil)
        #expect(pair.toServer.readableBytes <= TLSSession.room(for: many.count))
        pair.run()
        #expect(pair.seen == many)
    }

    @Test("tells a peer's goodbye, and may go on sending; its own goodbye is the last")
    func goodbye() throws {
        let pair = try Pair(context(), "a.test", TLSPeer.Context(leaf))
        pair.run()
        pair.server.send([1, 2], &pair.toClient)
        pair.server.end(&pair.toClient)
        pair.run()
        #expect(pair.events == [.established, .ended])
        #expect(Array(pair.received.readableBytesView) == [1, 2] && pair.client.peerHasEnded)
        #expect(pair.send([3]) == nil)
        pair.client.finish(&pair.toServer)
        pair.client.finish(&pair.toServer)
        pair.run()
        #expect(pair.seen == [3] && pair.server.hasEnded)
        #expect(pair.send([4]) != nil)
    }

    @Test(
        "takes names and addresses that the certificate bears",
        arguments: [
            "a.test", "A.Test", "a.test.", "x.b.test", "127.0.0.1", "2001:db8::1", "2001:DB8:0::1",
        ])
    func names(_ name: String) throws {
        let pair = try Pair(context(), name, TLSPeer.Context(leaf))
        pair.run()
        #expect(pair.events == [.established])
        let isAddress = name.first?.isNumber == true
        #expect((pair.server.serverName == nil) == isAddress)
    }

    @Test(
        "refuses others, and the peer hears of it",
        arguments: ["b.test", "x.y.b.test", "axtest", "leaf", "127.0.0.2", "::1"])
    func otherNames(_ name: String) throws {
        let pair = try Pair(context(), name, TLSPeer.Context(leaf))
        pair.run()
        #expect(pair.failure?.kind == .certificate)
        #expect(
            pair.failure?.what
                == "its certificate is for 'a.test', '*.b.test', '127.0.0.1' and '2001:db8::1', not for '\(name)'")
        #expect(pair.failure?.hint.contains("agents.tls.serverName") == true)
        #expect(pair.server.error?.contains("bad certificate") == true && !pair.client.isOpen)
    }

    @Test("is not begun for a name that would mean several, or any", arguments: ["", ".", ".test", "a.test\0b"])
    func noName(_ name: String) throws {
        let context = try context()
        #expect(throws: TLSFailure.self) {
            try TLSSession(client: context, name: TLSPeerName(name), peer: "there:1")
        }
    }

    @Test("refuses an expired certificate, a stranger's, and one that names nobody")
    func refusals() throws {
        func failure(_ leaf: TLSCertificates.Leaf) throws -> TLSFailure? {
            let pair = try Pair(context(), "a.test", TLSPeer.Context(leaf))
            pair.run()
            return pair.failure
        }
        let expired = try failure(certificates.issue(["DNS:a.test"], days: -1))
        #expect(expired?.kind == .certificate && expired?.what.hasPrefix("its certificate expired on ") == true)
        let stranger = try failure(TLSCertificates("Other CA").issue(["DNS:a.test"]))
        #expect(stranger?.what == "its certificate comes from 'CN=Other CA', an unknown CA")
        #expect(stranger?.hint.hasPrefix("set agents.tls.caFile") == true)
        let nameless = try failure(certificates.issue([]))
        #expect(nameless?.what.contains("subjectAltName is missing; subject 'CN=leaf'") == true)
        let client = try failure(certificates.issue(["DNS:a.test"], usage: "clientAuth"))
        #expect(client?.what == "its certificate is not made for servers of TLS")
    }

    @Test("takes anybody where verification is given up")
    func unverified() throws {
        let stranger = try TLSCertificates("Other CA").issue(["DNS:other"], days: -1)
        let pair = try Pair(context { $0.verify = false }, "a.test", TLSPeer.Context(stranger))
        pair.run()
        #expect(pair.events == [.established])
    }

    @Test("shows its certificate; without one the peer's alert says what to do", arguments: [0, 0x0303])
    func clientCertificate(_ maxVersion: Int) throws {
        let own = try certificates.issue([], usage: "clientAuth")
        let server = try TLSPeer.Context(leaf, clientCA: certificates.ca, maxVersion: maxVersion)
        let known = try Pair(
            context {
                $0.certFile = own.certificate
                $0.keyFile = own.key
            }, "a.test", server)
        known.run()
        #expect(known.events == [.established] && known.server.isEstablished)
        let unknown = try Pair(context(), "a.test", server)
        unknown.run()
        #expect(unknown.failure?.kind == .alert)
        #expect(unknown.failure?.hint.contains("agents.tls.certFile and keyFile") == true)
    }

    @Test(
        "refuses what is not TLS",
        arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n", "\u{15}\u{3}\u{3}"])
    func garbage(_ text: String) throws {
        let pair = try Pair(context(), "a.test", TLSPeer.Context(leaf))
        pair.toServer.clear()
        pair.toClient.writeString(text)
        pair.run()
        if text.utf8.count > 5 {
            #expect(pair.failure?.kind == .badProtocol)
            #expect(pair.failure?.hint.contains("http://") == true)
        } else {
            #expect(pair.events.isEmpty, "a part of a record may still become one")
        }
    }

    @Test("resumes with the same peer by the same name, and with no other", arguments: [0, 0x0303])
    func resumption(_ maxVersion: Int) throws {
        let (context, server) = (try context(), try TLSPeer.Context(leaf, maxVersion: maxVersion))
        func resumes(_ name: String) throws -> Bool {
            let pair = try Pair(context, name, server)
            pair.run()
            #expect(pair.events == [.established])
            return pair.client.isResumed
        }
        #expect(try !resumes("a.test"))
        #expect(try resumes("a.test"))
        #expect(try !resumes("x.b.test"))
        #expect(try resumes("a.test"))
    }
}

@Suite("the files of TLS")
struct TLSClientContextTests {
    private let certificates: TLSCertificates
    private let leaf: TLSCertificates.Leaf

    init() throws {
        certificates = try TLSCertificates.shared.get()
        leaf = try certificates.issue(["DNS:a.test"])
    }

    private func failure(_ change: (inout TLSClientOptions) -> Void) -> TLSFailure? {
        var options = TLSClientOptions()
        change(&options)
        do throws(TLSFailure) {
            _ = try TLSClientContext(options)
            return nil
        } catch {
            return error
        }
    }

    @Test("that fit are taken")
    func right() {
        #expect(failure { _ in } == nil)
        #expect(
            failure {
                $0.caFile = certificates.ca
                $0.certFile = leaf.certificate
                $0.keyFile = leaf.key
            } == nil)
    }

    @Test("that do not are named with their key, and what to do")
    func wrong() throws {
        let missing = failure { $0.caFile = "/nowhere/ca.pem" }
        #expect(missing?.kind == .file && missing?.key == "caFile")
        #expect(
            missing?.description
                == "/nowhere/ca.pem cannot be read: no such file or directory; put the right file there, or correct agents.tls.caFile"
        )
        #expect(failure { $0.caFile = leaf.key }?.what.hasSuffix("holds no certificate in PEM") == true)
        #expect(failure { $0.certFile = leaf.key }?.key == "certFile")
        #expect(failure { $0.keyFile = leaf.key }?.what.contains("certFile is not set") == true)
        #expect(failure { $0.certFile = leaf.certificate }?.what.contains("holds no private key") == true)
        let other = try certificates.issue(["DNS:b.test"])
        let mixed = failure {
            $0.certFile = leaf.certificate
            $0.keyFile = other.key
        }
        #expect(mixed?.key == "keyFile" && mixed?.what.contains("is not the key of the certificate in") == true)
    }
}
