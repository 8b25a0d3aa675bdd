internal import Balancer
internal import NIOCore
internal import NIOPosix
internal import Settings

/// Makes connections to a Redis: looks its name up, tries its addresses in turn, puts TLS below.
struct RedisDial: Sendable {
    let settings: RedisSettings
    let resolver: Resolver

    private struct Destination: Sendable {
        var addresses: [SocketAddress]
        /// Nil without TLS.
        var tls: TLSClientContext?
    }

    /// Who is at the end of the connection is told by the handler; the future is of the socket, and of TLS on it.
    ///
    /// - Parameter handler: makes what stands in the pipeline, on the loop, once for each address that is tried.
    func connect(
        on loop: any EventLoop, _ handler: @escaping @Sendable () -> RedisConnection
    ) -> EventLoopFuture<any Channel> {
        let found = loop.makePromise(of: Destination.self)
        found.completeWithTask { try await destination() }
        return found.futureResult.flatMap { attempt($0.addresses[...], $0.tls, on: loop, handler) }
    }

    /// Not on the loop: certificates are read from files.
    private func destination() async throws -> Destination {
        switch settings.endpoint?.place {
        case .tcp(let host, let port):
            let tls = settings.endpoint?.isTLS == true ? try TLSClientContext(options) : nil
            let found = try await resolver.addresses(host).addresses
            return Destination(addresses: found.map { $0.socketAddress(port: port, name: host) }, tls: tls)
        case .unix(let path): return Destination(addresses: [try SocketAddress(unixDomainSocketPath: path)])
        case nil: throw ResolveFailure(.noName, "there is no endpoint")
        }
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
        _ addresses: ArraySlice<SocketAddress>, _ tls: TLSClientContext?, on loop: any EventLoop,
        _ handler: @escaping @Sendable () -> RedisConnection
    ) -> EventLoopFuture<any Channel> {
        guard let address = addresses.first else {
            return loop.makeFailedFuture(ResolveFailure(.noRecords, "it has no address"))
        }
        let first = dial(address, tls, on: loop, handler)
        let rest = addresses.dropFirst()
        return rest.isEmpty ? first : first.flatMapError { _ in attempt(rest, tls, on: loop, handler) }
    }

    private func dial(
        _ address: SocketAddress, _ tls: TLSClientContext?, on loop: any EventLoop,
        _ handler: @escaping @Sendable () -> RedisConnection
    ) -> EventLoopFuture<any Channel> {
        let limit = NIODeadline.now() + .nanoseconds(settings.connectTimeout.nanoseconds)
        let below: TLSHandler?
        do {
            below = try tls.map { TLSHandler(try session($0), limit: limit) }
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

    private func session(_ context: TLSClientContext) throws(TLSFailure) -> TLSSession {
        var name = settings.tls.serverName ?? "localhost"
        if settings.tls.serverName == nil, case .tcp(let host, _) = settings.endpoint?.place { name = host }
        return try TLSSession(client: context, name: TLSPeerName(name), peer: settings.endpoint?.spelling ?? name)
    }
}
