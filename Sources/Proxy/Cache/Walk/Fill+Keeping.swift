internal import Cache
internal import NIOCore
internal import Synchronization
internal import Telemetry

/// What a fill brought goes into the layers, whole.
extension Fill {
    func keepWhole() {
        guard let keeping = kept else { return }
        kept = nil
        let body = state.withLock { $0.body.whole }
        guard keeping.isWhole(body.readableBytes) else { return }
        if let why = ask.refuses(keeping, body) {
            refuse(why)
            return
        }
        keep(
            StoredAnswer(
                facts: keeping.facts, reason: keeping.head.reason, fields: keeping.head.fields, body: body,
                pace: keeping.pace?.plan.bytes ?? [], varyValues: keeping.varyValues, key: key.bytes, kind: ask.kind))
    }

    func keep(_ answer: StoredAnswer) {
        let caches = loop.process.caches
        compare(answer)
        loop.counters.add(1, to: .cacheStored)
        caches.marks.unmark(key.hash)
        guard let name else { return }
        guard !caches.purged.covers(answer, name) else { return }
        let now = loop.wallMilliseconds
        caching.layers.keep(answer, key, name, now: now)
        // a purge that came in between has looked already
        guard !caches.purged.covers(answer, name) else { return caches.drop(key, name, on: loop) }
        caching.layers.send(answer, name, now: now, on: loop)
        ask.similar?.keep(in: caches.similar)
    }

    var name: CacheName? { ask.name ?? caching.name(of: key, tenant: ask.tenant, secret: loop.process.secret) }

    /// In a rehearsal: what would have been served, with what the agent says now.
    func compare(_ answer: StoredAnswer) {
        guard let shadowed = ask.shadowed else { return }
        let type = FieldLines.first("content-type", in: answer.fields).map(Array.init) ?? []
        let isSame = shadowed.body.withUnsafeReadableBytes { one in
            answer.body.withUnsafeReadableBytes { other in
                type.withUnsafeBytes { AgentAnswers.saySame(one, other, contentType: $0.isEmpty ? nil : $0) }
            }
        }
        loop.counters.shadowed(isSame: isSame)
    }
}
