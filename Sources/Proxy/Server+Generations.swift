internal import Balancer
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Settings

/// How another generation takes over from the one that runs: everything that can fail happens beforehand, beside it.
extension Server {
    /// Builds a generation and binds the addresses that are new in it. Nothing of what runs is touched; throws a
    /// `ListenFailure` where an address cannot be had.
    func prepare(_ settings: GatewaySettings) async throws -> PreparedGeneration {
        if process.isDraining {
            throw ControlFailure(.unavailable, "the proxy is stopping; the next start takes what the files say")
        }
        let found = await discovery.agents(for: settings.agents.discovery)
        // what words mean is learnt then, which may take a while: not on a thread that others wait for
        let previous = process.generation
        let generation = try await NIOThreadPool.singleton.runIfActive {
            Generation(settings, found: found, previous: previous)
        }
        process.byHand.carry(to: generation.fleet)
        process.tls.prepare(settings.agents, generation.fleet.agents)
        let tls = try process.edge.prepare(settings.http)
        let runtimes = process.loops.map { _ in LoopRuntime(generation) }
        await lookUp(process.addresses.unknown(of: generation.fleet.agents.map(\.endpoint)))
        let known = Set(listeners.map { WantedListener(address: $0.address, door: $0.door) })
        var opened: [Listener] = []
        do {
            for wanted in WantedListener.all(of: settings) where !known.contains(wanted) {
                opened.append(try await bind(wanted))
            }
        } catch {
            for listener in opened { await listener.close(gently: false) }
            await discovery.keep(process.generation.settings.agents.discovery)
            throw error
        }
        return PreparedGeneration(generation, runtimes, opened: opened, tls: tls)
    }

    /// Every loop runs the generation when this answers with its number; addresses that it does not name are closed
    /// after that, gently.
    func commit(_ prepared: PreparedGeneration) async -> Int {
        let before = process.generation
        let generation = prepared.generation
        process.adopt(generation)
        process.edge.adopt(generation.settings.http, prepared.tls)
        let swaps = zip(process.loops, prepared.runtimes).map { loop, runtime in
            loop.eventLoop.submit { loop.adopt(runtime) }
        }
        // the runtimes that were end here, not on the loops
        for swap in swaps { _ = try? await swap.get() }
        if generation.settings.logging != before.settings.logging {
            process.sink.configure(generation.settings.logging)
        }
        let endpoints = (before.fleet.agents + generation.fleet.agents).map(\.endpoint)
        process.addresses.keep(Set(endpoints))
        process.byHand.note(generation.fleet, wall: Configurator.now())
        await discovery.keep(generation.settings.agents.discovery)
        adoptProbes(of: generation)
        closeListeners(notIn: Set(WantedListener.all(of: generation.settings)), opened: prepared.opened)
        return generation.number
    }

    func discard(_ prepared: PreparedGeneration) async {
        for listener in prepared.opened { await listener.close(gently: false) }
        await discovery.keep(process.generation.settings.agents.discovery)
    }

    /// An address that only changes its host keeps its port, which is ours already: then nobody else can hold it.
    /// Sockets of systemd are taken at the start alone: later they are in use.
    func bind(_ wanted: WantedListener, isStart: Bool = false) async throws -> Listener {
        let isOurs = (listeners + closing).contains { ListenerChecks.overlap($0.address, wanted.address) }
        let listener = try await Listener.bind(
            wanted.address, wanted.door, process.loops, isOurs: isOurs, mayInherit: isStart)
        if wanted.door == .clients { process.edge.listens(wanted.address, port: listener.port) }
        log.notice(
            "listening",
            metadata: ["address": "\(wanted.address.spelling)", "port": "\(listener.port)", "for": "\(wanted.door)"])
        return listener
    }

    private func closeListeners(notIn wanted: Set<WantedListener>, opened: [Listener]) {
        let leaving = listeners.filter { !wanted.contains(WantedListener(address: $0.address, door: $0.door)) }
        listeners.removeAll { listener in leaving.contains { $0 === listener } }
        listeners += opened
        closing += leaving
        for listener in leaving { Task { await self.closed(listener) } }
    }

    private func closed(_ listener: Listener) async {
        await listener.close()
        closing.removeAll { $0 === listener }
        log.notice("no longer listening", metadata: ["address": "\(listener.address.spelling)"])
    }

    /// Waits at most two seconds for names that were never looked up; who has no address by then gets it later.
    private func lookUp(_ endpoints: Set<Endpoint>) async {
        guard !endpoints.isEmpty else { return }
        let addresses = process.addresses
        await withTaskGroup(of: Void.self) { group in
            let (done, finish) = AsyncStream<Void>.makeStream()
            // not of the group: it would be waited for
            Task.detached {
                await addresses.resolve(endpoints)
                finish.finish()
            }
            group.addTask { for await _ in done {} }
            group.addTask { try? await Task.sleep(for: .seconds(2)) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Agents in which nothing changed go on being asked as before.
    func adoptProbes(of generation: Generation) {
        let loops = process.loops
        let wanted = generation.fleet.agents.filter(\.healthCheck.enabled)
        let agents = Set(wanted.map { ObjectIdentifier($0) })
        for probe in probes where !agents.contains(ObjectIdentifier(probe.agent)) { probe.stop() }
        let kept = probes.filter { agents.contains(ObjectIdentifier($0.agent)) }
        let asked = Set(kept.map { ObjectIdentifier($0.agent) })
        var fresh: [Probe] = []
        for (index, agent) in wanted.enumerated() where !asked.contains(ObjectIdentifier(agent)) {
            let probe = Probe(agent, loops[index % loops.count]) { [process] answer in
                if process.generation.settings.agents.loadReport.health { answer.tell(agent) }
            }
            fresh.append(probe)
            probe.start()
        }
        probes = kept + fresh
        polls.adopt(generation, process)
    }
}
