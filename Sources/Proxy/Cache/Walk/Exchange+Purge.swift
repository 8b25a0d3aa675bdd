internal import Cache
internal import NIOCore
internal import Settings
internal import Wire

/// The method PURGE: entries are removed, by those who may.
extension Exchange {
    /// True: the request was one, and is answered here.
    func purges() -> Bool {
        guard let runtime, let client else { return false }
        let verdict = runtime.purgeGate.judge(
            head, isAdmin: client.door == .admin, address: address,
            bearsToken: client.door == .admin && runtime.adminGate.admits(head))
        switch verdict {
        case .passes: return false
        case .refused:
            fail(client.door == .admin ? Failure.purgeUnauthorized : Failure.purgeRefused)
        case .removes(let selections, let soft): remove(selections, soft: soft)
        }
        return true
    }

    private func remove(_ selections: [CacheSelection], soft: Bool) {
        guard let tools = loop.process.cacheOperations else {
            fail(
                Failure(.overloaded, "the proxy is starting", hint: "retry in a moment"))
            return
        }
        runtime = nil
        let (serial, home) = (serial, loop)
        let held = NIOLoopBound(self, eventLoop: home.eventLoop)
        Task {
            var rows: [Node] = []
            var warnings: [Node] = []
            for selection in selections {
                let removal = await tools.remove(selection, soft: soft)
                rows += removal.rows.map {
                    .object([
                        ("selection", .string(selection.value)), ("layer", .string($0.layer)),
                        ("removed", $0.removed.map { .int($0) } ?? .null),
                    ])
                }
                warnings += removal.warnings.map { .string($0) }
            }
            let node = Node.object([("soft", .flag(soft)), ("layers", .list(rows)), ("warnings", .list(warnings))])
            let text = Array((node.json + "\n").utf8)
            home.eventLoop.execute {
                home.touch()
                if held.value.serial == serial { held.value.reply(Reply(status: 200, body: text)) }
            }
        }
    }
}

extension Failure {
    fileprivate static var purgeUnauthorized: Failure {
        var failure = Failure(
            .unauthorized, "PURGE needs the admin token",
            hint: "send Authorization: Bearer TOKEN, with admin.token of the configuration or the line in "
                + "~/.openclaw/clawproxy.token")
        failure.challenge = "Bearer realm=\"clawproxy\""
        return failure
    }

    fileprivate static var purgeRefused: Failure {
        Failure(
            .adminRefused, "PURGE is not allowed from this address",
            hint: "add its network to cache.purge.allow, or purge over the admin listener")
    }
}
