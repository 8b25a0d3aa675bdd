internal import Settings

/// A configuration that is ready to run: compiled, its hosts looked up, its new addresses listened on. `Server.commit`
/// puts it in force, `Server.discard` leaves nothing of it behind.
final class PreparedGeneration: Sendable {
    let generation: Generation
    /// One a loop, in their order.
    let runtimes: [LoopRuntime]
    let opened: [Listener]
    /// TLS towards clients, its files read; nil where there is none.
    let tls: TLSServer?

    init(_ generation: Generation, _ runtimes: [LoopRuntime], opened: [Listener], tls: TLSServer? = nil) {
        self.tls = tls
        self.generation = generation
        self.runtimes = runtimes
        self.opened = opened
    }
}

/// An address that a configuration wants listened on, and for whom.
struct WantedListener: Hashable {
    let address: ListenAddress
    let door: Door

    static func all(of settings: GatewaySettings) -> [WantedListener] {
        [WantedListener(address: settings.admin.listen, door: .admin)]
            + [settings.monitoring.listen].compactMap { $0.map { WantedListener(address: $0, door: .monitoring) } }
            + settings.http.listen.values.map { WantedListener(address: $0, door: .clients) }
            + [settings.http.tls.isOn ? settings.http.tls.redirectFrom : nil].compactMap {
                $0.map { WantedListener(address: $0, door: .redirect) }
            }
    }
}
