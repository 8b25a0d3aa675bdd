internal import Balancer
internal import Glibc
internal import NIOCore
internal import Settings

/// `status`: what runs, since when, from which files, and what is left of what ran before.
enum Status {
    /// Asks every loop what is open on it.
    static func payload(process: ProcessState, facts: StatusFacts) async -> Node {
        let generation = process.generation
        let open = await process.openByGeneration()
        let uptime = max(0, Configurator.now() - facts.startedMs) / 1000
        return .object([
            ("version", .string(Version.number)), ("instance", .string(facts.instance)), ("pid", .int(getpid())),
            ("startedMs", .int(facts.startedMs)), ("uptimeSeconds", .int(facts.startedMs > 0 ? uptime : 0)),
            ("generation", .int(generation.number)), ("generationSinceMs", .int(facts.generationSinceMs)),
            ("appliedHash", .text(facts.appliedHash)), ("hash", .text(facts.hash)),
            ("files", .list(facts.files.map(file))), ("listeners", .list(facts.listeners.map(listener))),
            ("agents", agents(generation.fleet, Loop.monotonic())), ("exchanges", .int(process.openExchanges)),
            ("discovery", .list(process.discovery.facts.map(\.node))),
            ("tiers", .list(process.tiers.facts.map(\.node))),
            ("connections", .int(process.openConnections)), ("draining", .flag(process.isDraining)),
            (
                "generations",
                .list(
                    open.sorted { $0.key > $1.key }.map {
                        .object([("generation", .int($0.key)), ("exchanges", .int($0.value))])
                    })
            ),
            ("reloads", reloads(facts)), ("ephemeral", .flag(facts.isEphemeral)),
            ("pendingConfirm", facts.pendingConfirm),
        ])
    }

    private static func file(_ file: StatusFacts.File) -> Node {
        .object([
            ("path", .string(file.path)), ("layer", .string(file.layer)), ("exists", .flag(file.exists)),
            ("hash", .text(file.hash)),
        ])
    }

    private static func listener(_ listener: StatusFacts.Address) -> Node {
        .object([
            ("address", .string(listener.address)), ("port", .int(listener.port)), ("door", .string(listener.door)),
        ])
    }

    /// Each agent in one column: what is down and ejected counts as down.
    private static func agents(_ fleet: Fleet, _ now: Int64) -> Node {
        var counts = (up: 0, down: 0, ejected: 0, drained: 0)
        for agent in fleet.agents {
            if agent.state.isDrained {
                counts.drained += 1
            } else if agent.healthCheck.enabled, agent.state.health == .down {
                counts.down += 1
            } else if agent.state.isOpen(now) {
                counts.ejected += 1
            } else {
                counts.up += 1
            }
        }
        return .object([
            ("up", .int(counts.up)), ("down", .int(counts.down)), ("ejected", .int(counts.ejected)),
            ("drained", .int(counts.drained)),
        ])
    }

    private static func reloads(_ facts: StatusFacts) -> Node {
        .object([
            ("taken", .int(facts.reloadsTaken)), ("refused", .int(facts.reloadsRefused)),
            ("lastTakenMs", facts.lastTakenMs.map { .int($0) } ?? .null),
            ("lastRefusal", facts.lastRefusal?.node ?? .null),
        ])
    }
}

extension ProcessState {
    /// Open exchanges by generation, over all loops; the one that runs is among them even where it has none.
    func openByGeneration() async -> [Int: Int] {
        var open = [generation.number: 0]
        for loop in loops {
            let shares = try? await loop.eventLoop.submit { loop.generationShares() }.get()
            for (number, count) in shares ?? [] { open[number, default: 0] += count }
        }
        return open
    }
}
