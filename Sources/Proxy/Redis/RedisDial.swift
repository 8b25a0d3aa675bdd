internal import Balancer
internal import NIOCore
internal import NIOPosix
internal import Settings

/// Makes connections to a Redis: asks its sentinels who it is, looks its name up, tries its addresses in turn, puts TLS
/// below.
struct RedisDial: Sendable {
    let settings: RedisSettings
    let resolver: Resolver
    /// One of a cluster, or a sentinel; nil for what the settings name.
    private var host: RedisHost?

    private struct Destination: Sendable {
        var addresses: [SocketAddress]
        /// What its certificate must bear.
        var name: String
        /// Nil without TLS.
        var tls: TLSClientContext?
    }

    init(settings: RedisSettings, resolver: Resolver) {
        self.settings = settings
        self.resolver = resolver
    }

    /// The same way, to another host.
    func reaching(_ host: RedisHost) -> RedisDial {
        var other = self
        other.host = host
        return other
    }

    /// Who is at the end of the connection is told by the handler; the future is of the socket, and of TLS on it.
    ///
    /// - Parameter handler: makes what stands in the pipeline, on the loop, once for each address that is tried.
    func connect(
        on loop: any EventLoop, _ handler: @escaping @Sendable () -> RedisConnection
    ) -> EventLoopFuture<any Channel> {
        let found = loop.makePromise(of: Destination.self)
        found.completeWithTask { try await destination(on: loop) }
        return found.futureResult.flatMap { attempt($0.addresses[...], $0, on: loop, handler) }
    }

    /// Not on the loop: certificates are read from files.
    private func destination(on loop: any EventLoop) async throws -> Destination {
        if let host { return try await destination(host) }
        switch settings.endpoint?.place {
        case .tcp(let name, let port): return try await destination(RedisHost(name, port))
        case .unix(let path):
            return Destination(addresses: [try SocketAddress(unixDomainSocketPath: path)], name: "localhost")
        case .sentinel(let hosts, let master):
            return try await destination(
                RedisSentinels(hosts: hosts, master: master, dial: self).masterHost(on: loop).get())
        case nil: throw ResolveFailure(.noName, "there is no endpoint")
        }
    }

    private func destination(_ host: RedisHost) async throws -> Destination {
        let tls = settings.endpoint?.isTLS == true ? try TLSClientContext(options) : nil
        let found = try await resolver.addresses(host.name).addresses
        let addresses = found.map { $0.socketAddress(port: host.port, name: host.name) }
        return Destination(addresses: addresses, name: host.name, tls: tls)
    }

    private var options: TLSClientOptions {
        var options = TLSClientOptions()
        options.caFile = settings.tls.caFile
        options.certFile = settings.tls.certFile
        options.keyFile = settings.tls.keyFile
        options.verify = settings.tls.verify
        options.protocols = []
        options.section = "redis.tls"
        return options
    }

    private func attempt(
        _ addresses: ArraySlice<SocketAddress>, _ destination: Destination, on loop: any EventLoop,
        _ handler: @escaping @Sendable () -> RedisConnection
    ) -> EventLoopFuture<any Channel> {
        guard let address = addresses.first else {
            return loop.makeFailedFuture(ResolveFailure(.noRecords, "it has no address"))
        }
        let first = dial(address, destination, on: loop, handler)
        let rest = addresses.dropFirst()
        return rest.isEmpty ? first : first.flatMapError { _ in attempt(rest, destination, on: loop, handler) }
    }

    private func dial(
        _ address: SocketAddress, _ destination: Destination, on loop: any EventLoop,
        _ handler: @escaping @Sendable () -> RedisConnection
    ) -> EventLoopFuture<any Channel> {
        let limit = NIODeadline.now() + .nanoseconds(settings.connectTimeout.nanoseconds)
        let below: TLSHandler?
        do {
            below = try destination.tls.map { TLSHandler(try session($0, destination.name), limit: limit) }
        } catch {
            return loop.makeFailedFuture(error)
        }
        let box = NIOLoopBound(below, eventLoop: loop)
        return ClientBootstrap(group: loop)
            .connectTimeout(.nanoseconds(settings.connectTimeout.nanoseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls = box.value { try channel.pipeline.syncOperations.addHandler(tls) }
                    try channel.pipeline.syncOperations.addHandler(handler())
                }
            }
            .connect(to: address)
            .flatMap { channel in
                guard let ready = box.value?.ready else { return loop.makeSucceededFuture(channel) }
                return ready.map { channel }
            }
    }

    private func session(_ context: TLSClientContext, _ host: String) throws(TLSFailure) -> TLSSession {
        let name = settings.tls.serverName ?? host
        return try TLSSession(client: context, name: TLSPeerName(name), peer: settings.endpoint?.spelling ?? name)
    }
}
