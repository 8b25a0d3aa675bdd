import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The listener of one agent.
struct Server {
    /// Connections that may wait to be accepted; the kernel lowers it to its own limit.
    private static let backlog: CInt = 4096

    let agent: Agent
    let listen: ListenAddress
    let threads: Int

    /// Listens, says where in one line of output, and serves until the process ends.
    func run() throws {
        let agent = agent
        let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: threads))
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.serve(channel, agent)
                }
            }
            .bind(host: listen.host, port: listen.port)
            .wait()
        let port = channel.localAddress?.port ?? listen.port
        print("demo-agent \(agent.id) listening on \(ListenAddress(host: listen.host, port: port))")
        fflush(nil)
        try channel.closeFuture.wait()
    }

    private static func serve(_ channel: any Channel, _ agent: Agent) throws {
        agent.tally.accepted.count()
        agent.tally.connections.count()
        channel.closeFuture.whenComplete { _ in agent.tally.connections.count(-1) }
        let codec = HTTPCodec()
        try codec.install(in: channel.pipeline.syncOperations)
        try channel.pipeline.syncOperations.addHandler(HTTPSession(agent: agent, codec: codec))
    }
}
