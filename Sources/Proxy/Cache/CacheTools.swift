internal import Cache
internal import Logging
internal import NIOCore
internal import Settings
internal import Telemetry
internal import Wire

/// What operators do with the cache of a running proxy.
struct CacheTools: CacheOperations {
    let process: ProcessState

    var layers: [CacheLayerFacts] {
        let layers = process.caches.layers
        let memories = layers.memories.map { memory in
            let figures = memory.store.figures
            var facts = CacheLayerFacts(name: memory.name, type: .memory, label: memory.label)
            facts.entries = figures.entries
            facts.bytes = figures.bytes
            facts.evictions = figures.evictions
            facts.mostEntries = memory.settings.mostEntries == .max ? nil : memory.settings.mostEntries
            facts.mostBytes = memory.settings.mostBytes
            return facts
        }
        return memories
            + layers.distants.map { distant in
                let told = distant.layer.facts
                var facts = CacheLayerFacts(name: distant.name, type: distant.settings.type, label: distant.label)
                facts.entries = told.entries
                facts.bytes = told.bytes
                facts.evictions = told.evictions
                facts.trouble = told.trouble
                if distant.settings.type == .disk { facts.mostBytes = distant.settings.mostBytes }
                return facts
            }
    }

    var activity: CacheActivity {
        let epoch = process.caches.layers.distants.lazy.compactMap(\.layer.facts.epoch).first
        let fills = process.caches.fills.all
        return CacheActivity(
            fills: fills.count, waiting: fills.reduce(0) { $0 + $1.waiting }, epoch: epoch.map(Int.init))
    }

    func find(_ selection: CacheSelection, most: Int) async -> [CacheEntryFacts] {
        let secret = process.secret
        let now = Configurator.now()
        var found: [CacheEntryFacts] = []
        for memory in process.caches.layers.memories {
            memory.store.forEach { answer in
                guard found.count < most, let name = CacheName(of: answer, secret: secret),
                    selection.selects(answer, named: name.logical)
                else { return }
                found.append(CacheEntryFacts(answer, layer: memory.name, name: name.logical, now: now))
            }
        }
        return found
    }

    func remove(_ selection: CacheSelection, soft: Bool) async -> CacheRemoval {
        let purge = Purge(selection, isSoft: soft, at: Configurator.now())
        var removal = CacheRemoval()
        removal.rows = process.caches.clear(purge).map { CacheRemoval.Row(layer: $0.name, removed: $0.removed) }
        for distant in process.caches.layers.distants {
            let outcome = await distant.layer.purge(purge, secret: process.secret)
            removal.rows.append(CacheRemoval.Row(layer: distant.name, removed: outcome.removed))
            if let replicas = outcome.replicas { removal.replicas = replicas }
            if let warning = outcome.warning { removal.warnings.append("\(distant.name): \(warning)") }
        }
        return removal
    }

    func warm(_ address: CacheAddress) async -> CacheWarming {
        guard let loop = process.loops.randomElement() else {
            return CacheWarming(address, isStored: false, reason: "the proxy is starting")
        }
        return await withCheckedContinuation { continuation in
            loop.eventLoop.execute {
                loop.touch()
                WarmingClient(address, on: loop) { continuation.resume(returning: $0) }.begin()
            }
        }
    }

    /// Fetches what the configuration wants to be there from the start, a few at a time.
    func warm(_ settings: WarmSettings, _ log: Logger) -> Task<Void, Never>? {
        guard !settings.urls.isEmpty, !process.caches.layers.isEmpty else { return nil }
        return Task {
            var stored = 0
            await withTaskGroup(of: CacheWarming.self) { group in
                var rest = settings.urls[...]
                for address in rest.prefix(settings.concurrency) { group.addTask { await warm(address) } }
                rest = rest.dropFirst(settings.concurrency)
                for await warming in group {
                    if Task.isCancelled { return }
                    if warming.isStored {
                        stored += 1
                    } else {
                        let reason = warming.reason ?? "-"
                        log.warning(
                            "an address of cache.warm is not kept",
                            metadata: ["url": "\(warming.address.spelling)", "reason": "\(reason)"])
                    }
                    if let next = rest.popFirst() { group.addTask { await warm(next) } }
                }
            }
            log.notice("the cache is warm", metadata: ["stored": "\(stored)", "asked": "\(settings.urls.count)"])
        }
    }
}
