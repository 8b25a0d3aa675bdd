import Foundation
import NIOCore
import Testing

@testable import Proxy

/// Bytes of clients that were spoilt on their way, again and again. `CLAWPROXY_FUZZ_SECONDS` makes it longer;
/// `CLAWPROXY_FUZZ_SEED` begins where a run failed.
@Suite("TLS with bytes that were spoilt")
struct TLSFuzzTests {
    private struct Chance: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }

        mutating func spoil(_ bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            for _ in 0...Int.random(in: 0...2, using: &self) {
                let at = Int.random(in: 0...bytes.count, using: &self)
                let end = min(bytes.count, at + Int.random(in: 1...40, using: &self))
                switch Int.random(in: 0...6, using: &self) {
                case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &self)
                case 1 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &self)
                case 2: bytes.removeSubrange(at..<end)
                case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
                case 4: bytes.removeSubrange(at...)
                case 5: bytes.insert(contentsOf: (0..<5).map { _ in UInt8.random(in: 0...255, using: &self) }, at: at)
                default: bytes.insert(contentsOf: [0x15, 3, 3, 0, 2, 1, 0], at: at)
                }
            }
            return bytes
        }
    }

    private let servers: [TLSServer]
    private let clients: [TLSClientContext]
    private let keys: TLSTicketKeys

    init() throws {
        let certificates = try TLSCertificates.shared.get()
        let leaf = try certificates.issue(["DNS:a.test"])
        let own = try certificates.issue(["DNS:c.test"], usage: "clientAuth")
        keys = try TLSTicketKeys(random: nil)
        servers = try [false, true].map { asks in
            var settings = TLSSettings()
            settings.cert = leaf.certificate
            settings.key = leaf.key
            settings.clientCA = asks ? certificates.ca : nil
            settings.clientAuth = asks ? .optional : nil
            return try TLSServer(TLSServerOptions(settings))
        }
        clients = try [nil, own].map { certificate in
            var options = TLSClientOptions()
            options.caFile = certificates.ca
            options.certFile = certificate?.certificate
            options.keyFile = certificate?.key
            return try TLSClientContext(options)
        }
    }

    /// One connection: what the client sends is spoilt once, at some flight; what the server hands on must be the
    /// beginning of what the client said, and nothing comes after a failure.
    private func once(_ seed: UInt64) throws {
        var chance = Chance(state: seed)
        let server = try TLSSession(server: servers[Int(seed & 1)], keys: keys)
        let client = try TLSSession(client: clients[Int(seed >> 1 & 1)], name: TLSPeerName("a.test"), peer: "there:1")
        let said = (0..<Int.random(in: 1...40_000, using: &chance)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let spoiltFlight = Int.random(in: 0...4, using: &chance)
        var toServer = ByteBuffer()
        var toClient = ByteBuffer()
        var heard = ByteBuffer()
        var ignored = ByteBuffer()
        #expect(client.begin(&toServer) == nil)
        var hasFailed = false
        var hasSaid = false
        for flight in 0..<12 {
            var bytes = toServer.readBytes(length: toServer.readableBytes) ?? []
            if flight == spoiltFlight { bytes = chance.spoil(bytes) }
            let cut = Int.random(in: 0...bytes.count, using: &chance)
            for part in [bytes[..<cut], bytes[cut...]] {
                var piece = ByteBuffer(bytes: part)
                while let event = server.next(&piece, &heard, &toClient) {
                    #expect(!hasFailed, "seed \(seed): something came after the end")
                    if case .failed = event { hasFailed = true }
                }
            }
            while toClient.readableBytes > 0, let event = client.next(&toClient, &ignored, &toServer) {
                if case .failed = event { toClient.clear() }
            }
            toClient.clear()
            if client.isOpen, !hasSaid {
                hasSaid = true
                _ = said.withUnsafeBytes { client.encrypt($0, &toServer) }
                client.finish(&toServer)
            }
        }
        if server.isOpen, Bool.random(using: &chance) { _ = said.withUnsafeBytes { server.encrypt($0, &toClient) } }
        server.finish(&toClient)
        #expect(Array(heard.readableBytesView) == Array(said.prefix(heard.readableBytes)), "seed \(seed)")
    }

    @Test("hands on nothing but what was said, and never goes on after a failure")
    func spoilt() throws {
        let environment = ProcessInfo.processInfo.environment
        let seconds = environment["CLAWPROXY_FUZZ_SECONDS"].flatMap(Double.init)
        let first = environment["CLAWPROXY_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
        let end = seconds.map { ContinuousClock.now + .seconds($0) }
        var seed = first
        while end.map({ ContinuousClock.now < $0 }) ?? (seed < first + 300) {
            try once(seed)
            seed += 1
        }
        #expect(seed > first)
    }
}
