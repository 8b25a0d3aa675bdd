import NIOCore
import NIOEmbedded
import Testing

@testable import Proxy

@Suite("The handshakes of a loop take turns")
struct HandshakeTurnsTests {
    /// A loop whose clock goes on as a test says: by `step` at each look, or by hand.
    private final class Desk {
        let eventLoop = EmbeddedEventLoop()
        var now: Int64 = 1_000_000_000
        var step: Int64 = 0
        let certificates: TLSCertificates
        let server: TLSServer
        let keys: TLSTicketKeys
        let context: TLSClientContext
        lazy var turns = Turns(eventLoop, share: Turns.handshakes) { [unowned self] in
            now += step
            return now
        }

        init() throws {
            certificates = try TLSCertificates.shared.get()
            let leaf = try certificates.issue(["DNS:a.test"])
            var settings = TLSSettings()
            settings.cert = leaf.certificate
            settings.key = leaf.key
            server = try TLSServer(TLSServerOptions(settings))
            keys = try TLSTicketKeys(random: nil)
            var options = TLSClientOptions()
            options.caFile = certificates.ca
            context = try TLSClientContext(options)
        }

        /// From now on everybody waits, and each handshake takes a turn for itself.
        func useUp() {
            #expect(turns.take { now += 100 * Turns.handshakes })
            step = Turns.handshakes
        }

        /// The tasks of this turn of the loop.
        func endTurn() { eventLoop.run() }
        /// One turn more.
        func nextTurn() { eventLoop.advanceTime(by: Turns.pause) }
    }

    /// A client, and the connection that the loop has with it.
    private final class Guest: ChannelInboundHandler, TLSAcceptance {
        typealias InboundIn = ByteBuffer

        let desk: Desk
        let client: TLSSession
        let channel: EmbeddedChannel
        let reads = Reads()
        var toServer = ByteBuffer()
        /// What the server's side was told, in order.
        var told: [String] = []

        init(_ desk: Desk) throws {
            self.desk = desk
            client = try TLSSession(client: desk.context, name: TLSPeerName("a.test"), peer: "there:1")
            channel = EmbeddedChannel(loop: desk.eventLoop)
            let session = try TLSSession(server: desk.server, keys: desk.keys)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandlers([reads, TLSHandler(session, limit: nil, acceptance: self, turns: desk.turns), self])
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
            #expect(client.begin(&toServer) == nil)
        }

        /// So many bytes of what the client has to say; all of them without a number.
        func send(_ count: Int = .max) throws {
            let bytes = toServer.readSlice(length: min(count, toServer.readableBytes))
            try channel.writeInbound(#require(bytes))
        }

        /// What the server has said; true: the client could go on by it.
        func hear() throws -> Bool {
            var heard = ByteBuffer()
            var isAny = false
            while var bytes = try channel.readOutbound(as: ByteBuffer.self) {
                isAny = true
                while client.next(&bytes, &heard, &toServer) != nil {}
            }
            return isAny
        }

        func ask(_ text: String) {
            #expect(Array(text.utf8).withUnsafeBytes { client.encrypt($0, &toServer) } == nil)
        }

        func began(_ context: ChannelHandlerContext, _ handler: TLSHandler) -> Bool { true }
        func established(_ context: ChannelHandlerContext, _ handler: TLSHandler) { told.append("established") }
        func failed(_ context: ChannelHandlerContext?, _ error: any Error) -> ByteBuffer? {
            told.append("failed")
            return nil
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { told.append(String(buffer: unwrapInboundIn(data))) }
        func channelReadComplete(context: ChannelHandlerContext) { told.append("complete") }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { told.append("error") }
    }

    /// Counts who wants to read.
    private final class Reads: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }

    @Test("while there is time each is taken as it comes")
    func atOnce() throws {
        let guest = try Guest(Desk())
        try guest.send()
        #expect(try guest.hear())
        guest.ask("GET")
        try guest.send()
        #expect(guest.told == ["established", "GET", "complete"])
    }

    @Test("one that takes long is the last for a while, which is as long as it took beyond the share")
    func longOnes() throws {
        let desk = try Desk()
        let turns = desk.turns
        var done = 0
        #expect(turns.take { desk.now += 5 * Turns.handshakes })
        desk.now += 4 * Turns.handshakes
        #expect(!turns.take { done += 1 })
        desk.now += 1
        #expect(turns.take { done += 1 })
        #expect(done == 1)
    }

    @Test("where there is none they wait in order, and go on one by one")
    func inOrder() throws {
        let desk = try Desk()
        let guests = try (0..<3).map { _ in try Guest(desk) }
        desk.useUp()
        for guest in guests { try guest.send() }
        #expect(try guests.map { try $0.hear() } == [false, false, false])
        desk.endTurn()
        #expect(try guests.map { try $0.hear() } == [true, false, false])
        desk.endTurn()
        #expect(try guests.map { try $0.hear() } == [false, false, false])
        desk.nextTurn()
        #expect(try guests.map { try $0.hear() } == [false, true, false])
        desk.nextTurn()
        #expect(try guests.map { try $0.hear() } == [false, false, true])
        desk.step = 0
        for guest in guests {
            guest.ask("GET")
            try guest.send()
        }
        desk.endTurn()
        #expect(guests.allSatisfy { $0.told.contains("GET") })
    }

    @Test("what comes in pieces meanwhile is taken as a whole, and what comes behind the handshake with it")
    func pieces() throws {
        let desk = try Desk()
        let guest = try Guest(desk)
        desk.useUp()
        try guest.send(100)
        try guest.send(50)
        try guest.send()
        desk.endTurn()
        #expect(try guest.hear())
        guest.ask("GET")
        guest.ask(" /")
        desk.useUp()
        try guest.send(30)
        try guest.send()
        #expect(guest.told.isEmpty)
        desk.endTurn()
        #expect(guest.told == ["established", "GET /", "complete"])
    }

    @Test("nothing more is read of who waits, and again when it had its turn")
    func reading() throws {
        let desk = try Desk()
        let guest = try Guest(desk)
        desk.useUp()
        try guest.send()
        let before = guest.reads.count
        guest.channel.read()
        #expect(guest.reads.count == before)
        desk.endTurn()
        #expect(guest.reads.count == before + 1)
    }

    @Test("that nothing more comes is told after what came")
    func ended() throws {
        let desk = try Desk()
        let guest = try Guest(desk)
        try guest.send()
        #expect(try guest.hear())
        guest.ask("GET")
        desk.useUp()
        try guest.send()
        guest.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(guest.told.isEmpty)
        desk.endTurn()
        #expect(guest.told == ["established", "GET", "complete", "error"])

        let leaving = try Guest(desk)
        desk.useUp()
        try leaving.send()
        leaving.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(leaving.told.isEmpty)
        desk.endTurn()
        #expect(leaving.told == ["failed"])
        #expect(!leaving.channel.isActive)
    }

    @Test("who has gone holds nobody up")
    func gone() throws {
        let desk = try Desk()
        let guests = try (0..<2).map { _ in try Guest(desk) }
        desk.useUp()
        for guest in guests { try guest.send() }
        guests[0].channel.close(promise: nil)
        #expect(guests[0].told == ["failed"])
        desk.endTurn()
        desk.nextTurn()
        #expect(try guests[1].hear())
        #expect(guests[0].told == ["failed"])
    }
}
