internal import NIOCore
internal import Settings

/// What stands in the pipeline of a client's connection.
enum ClientChannel {
    /// A connection has been accepted: what it speaks is known at once, or after the handshake of TLS.
    static func open(_ channel: any Channel, _ loop: Loop, _ listened: Listened) throws {
        if let options = channel.syncOptions {
            // here, and not of the bootstrap, which makes a future for each
            try options.setOption(.maxMessagesPerRead, value: 1)
        }
        try ProxyHeaderHandler.add(to: channel, listened, loop)
        let door = listened.door
        guard door == .clients, let terms = loop.process.edge.terms(at: listened.address) else {
            try channel.syncOptions?.setOption(.recvAllocator, value: LoopReadBuffers(loop.reads))
            return try addClientHandlers(channel, loop, door)
        }
        // a hello fits it, with what browsers add to theirs
        try channel.syncOptions?.setOption(.recvAllocator, value: LoopReadBuffers(loop.reads, first: 2048))
        let session = try TLSSession(server: terms.server, keys: terms.keys, place: terms.place)
        try channel.pipeline.syncOperations.addHandler(
            TLSHandler(
                session, limit: nil, reads: loop.reads, writes: loop.writes,
                acceptance: ClientHandshake(loop, door, limit: terms.limit), turns: loop.handshakeTurns),
            name: "tls")
    }

    /// Who speaks with a client: called in the pipeline, before `channelActive` reaches whoever is added.
    ///
    /// - Parameters:
    ///   - spoken: what ALPN agreed on, such as `h2`; nil without TLS, and where the client knows no ALPN.
    ///   - secure: the handler of TLS; nil in plain text.
    static func addClientHandlers(
        _ channel: any Channel, _ loop: Loop, _ door: Door, spoken: String? = nil, secure: TLSHandler? = nil
    ) throws {
        try channel.pipeline.syncOperations.addHandler(
            ClientConnection(loop, door, secure: secure, isHTTP2: spoken == "h2"), name: "client")
    }

    /// What is offered by ALPN (RFC 7301), the best one first.
    static func protocols(_ settings: HTTPSettings) -> [String] {
        (settings.http2.enabled ? ["h2"] : []) + ["http/1.1", "http/1.0"]
    }
}
