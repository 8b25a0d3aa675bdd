internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Settings

/// One address that is listened on: a socket a loop, which the kernel shares connections out to (`SO_REUSEPORT`).
final class Listener: Sendable {
    /// Explicit, so that the kernel does not grow it to 32 MB for a peer that is paused.
    static let receiveBufferBytes = 256 * 1024
    /// More waits in the channel's queue, which holds an agent's answer back from 64 KiB on until less than 32 wait (water marks
    /// as NIO has them). Four times as much made everybody else's requests late where 2,000 clients do not read.
    static let unsentBytes = 64 * 1024
    static let backlog: CInt = 4096

    let address: ListenAddress
    let door: Door
    let port: Int
    private let channels: [(loop: Loop, channel: any Channel, socket: CInt)]

    private init(
        _ address: ListenAddress, _ door: Door, _ port: Int,
        _ channels: [(loop: Loop, channel: any Channel, socket: CInt)]
    ) {
        self.address = address
        self.door = door
        self.port = port
        self.channels = channels
    }

    /// Binds the address on every loop, or on the first alone for a local socket and the admin listener. `isOurs`: the
    /// port is held by this process, which goes over from one host to another.
    static func bind(
        _ address: ListenAddress, _ door: Door, _ loops: [Loop], isOurs: Bool = false, mayInherit: Bool = true
    ) async throws -> Listener {
        var channels: [(loop: Loop, channel: any Channel, socket: CInt)] = []
        let isPublic = door == .clients || door == .redirect
        let shared = isPublic && ListenSocket.canShare(address) ? loops : Array(loops.prefix(1))
        var port = 0
        if mayInherit, let inherited = ListenSocket.inherited(address) {
            let channel = try await serve(inherited, shared[0], Listened(address: address, door: door))
            return Listener(address, door, ListenSocket.port(inherited), [(shared[0], channel, inherited)])
        }
        if !isOurs { try ListenSocket.probe(address) }
        do {
            for loop in shared {
                let socket = try ListenSocket.open(address, port: port, shared: ListenSocket.canShare(address))
                port = ListenSocket.port(socket)
                channels.append((loop, try await serve(socket, loop, Listened(address: address, door: door)), socket))
            }
        } catch {
            for (_, channel, _) in channels { channel.close(promise: nil) }
            throw error
        }
        return Listener(address, door, port, channels)
    }

    private static func serve(_ socket: CInt, _ loop: Loop, _ listened: Listened) async throws -> any Channel {
        try await ServerBootstrap(group: loop.eventLoop, childGroup: loop.eventLoop)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if listened.door.isPublic {
                        try channel.pipeline.syncOperations.addHandler(AcceptGate(loop))
                    }
                    // out of descriptors: a pause instead of a spinning loop
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptBackoffHandler(backoffProvider: { _ in .milliseconds(200) }))
                    try channel.pipeline.syncOperations.addHandler(ClientAcceptor(loop, listened))
                }
            }
            // one, and then whoever else is ready: a crowd at the door keeps nobody inside waiting
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .withBoundSocket(socket)
            .get()
    }

    /// Stops listening. `gently`: the kernel is told to take no new connection, what was on its way is accepted, and only
    /// then the socket closes, so that nobody who was let in is turned away by a reset.
    func close(gently: Bool = true) async {
        if gently, case .tcp = address {
            for (_, _, socket) in channels { ListenSocket.ignoreNew(socket) }
            try? await Task.sleep(for: .milliseconds(250))
        }
        for (loop, channel, socket) in channels {
            // on the loop, where nobody accepts from it at the same time
            let waiting = try? await loop.eventLoop.submit { () -> [CInt] in
                var accepted: [CInt] = []
                while let next = ListenSocket.accept(socket) { accepted.append(next) }
                channel.close(promise: nil)
                return accepted
            }.get()
            for accepted in waiting ?? [] { try? await Self.take(accepted, loop, Listened(address: address, door: door)) }
        }
        if case .unix(let path) = address { ListenSocket.remove(path) }
    }

    private static func take(_ socket: CInt, _ loop: Loop, _ listened: Listened) async throws {
        _ = try await ClientBootstrap(group: loop.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try ClientChannel.open(channel, loop, listened)
                }
            }
            .withConnectedSocket(socket)
            .get()
    }
}
