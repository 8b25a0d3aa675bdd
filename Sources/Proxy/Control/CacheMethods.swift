internal import Cache
internal import Logging
internal import NIOCore
internal import Settings
internal import Telemetry
internal import Wire

/// What operators ask of the cache: `cache.stats`, `cache.purge`, `cache.get`, `cache.warm`.
enum CacheMethods {
    /// Those that need the token: what is kept is somebody's.
    static let guarded: Set<String> = ["cache.purge", "cache.get", "cache.warm"]
    static let names = guarded.union(["cache.stats"])

    /// Entries that `cache.get` tells of at most.
    static let mostEntries = 100
    /// Addresses of one `cache.warm`: each is waited for, and so is the answer to all.
    static let mostAddresses = 500

    /// Answers a method with its payload.
    static func answer(_ method: String, _ params: Node, _ process: ProcessState) async throws(ControlFailure) -> Node {
        guard let cache = process.cacheOperations else {
            throw ControlFailure(.unavailable, "the proxy is starting; retry in a moment", retryAfterMs: 500)
        }
        var reader = try Parameters(params, of: method)
        switch method {
        case "cache.purge":
            let soft = try reader.flag("soft")
            let selection = try selection(of: &reader, kinds: ["key", "prefix", "pattern", "tag", "url"], all: true)
            return try await purge(selection, soft: soft, cache, process)
        case "cache.get":
            let selection = try selection(of: &reader, kinds: ["key", "url"], all: false)
            try await present(cache)
            let entries = await cache.find(selection, most: mostEntries)
            return .object([("entries", .list(entries.map(\.node)))])
        case "cache.warm":
            let texts = try reader.strings("urls")
            let concurrency = try reader.count("concurrency")
            try reader.end()
            return try await warm(texts, concurrency ?? process.generation.settings.cache.warm.concurrency, cache)
        default:
            try reader.end()
            return CacheStatistics(cache, await process.counted()).node
        }
    }

    private static func present(_ cache: any CacheOperations) async throws(ControlFailure) {
        if !cache.layers.isEmpty { return }
        throw ControlFailure(
            .unavailable, "there is no cache: set cache.layers, for example to [{name: \"L1\", type: \"memory\"}]")
    }

    // MARK: what is meant

    private static func selection(
        of reader: inout Parameters, kinds: [String], all: Bool
    ) throws(ControlFailure) -> CacheSelection {
        var found: [(kind: String, value: String)] = []
        for kind in kinds {
            if let value = try reader.string(kind) { found.append((kind, value)) }
        }
        if all, try reader.flag("all") { found.append(("all", "")) }
        try reader.end()
        let words = (kinds + (all ? ["all"] : [])).joined(separator: ", ")
        guard let (kind, value) = found.first else {
            throw reader.missing(kinds[0], "one of \(words), which says what is meant")
        }
        guard found.count == 1 else {
            throw .invalid("expected one of \(words), found \(found.map(\.kind).joined(separator: " and "))")
        }
        guard let selection = CacheSelection(kind: kind, value: value) else {
            throw reader.wrong(kind, expectation[kind] ?? "a name", .string(value))
        }
        if case .url(let address) = selection { return .url(try normalised(address)) }
        return selection
    }

    private static let expectation = [
        "key": "a name such as agent:response:RULE:TENANT:DIGEST", "pattern": "a pattern such as agent:response:*",
        "prefix": "the beginning of a name such as agent:response:RULE:", "tag": "a tag",
        "url": "an address such as http://example.com/v1/models",
    ]

    /// With the path as requests for it have it.
    static func normalised(_ address: CacheAddress) throws(ControlFailure) -> CacheAddress {
        var question = RequestQuestion(target: address.target)
        question.headers = [("Host", address.authority)]
        switch question.read(WireLimits()) {
        case .success(let head):
            let target = head.path.text + (head.hasQuery ? "?" + head.query.text : "")
            return CacheAddress(isTLS: address.isTLS, authority: address.authority, target: target)
        case .failure(let failure):
            throw .invalid("\(Quoted.quote(address.spelling)): no request can ask for it: \(failure.explanation)")
        }
    }

    // MARK: changes

    private static func purge(
        _ selection: CacheSelection, soft: Bool, _ cache: any CacheOperations, _ process: ProcessState
    ) async throws(ControlFailure) -> Node {
        try await present(cache)
        let removal = await cache.remove(selection, soft: soft)
        let count = removal.rows.reduce(0) { $0 + ($1.removed ?? 0) }
        process.log.notice(
            "cache purged by hand",
            metadata: [
                "kind": "\(selection.kind)", "value": "\(selection.value)", "soft": "\(soft)", "entries": "\(count)",
            ])
        let rows = removal.rows.map { row in
            Node.object([("layer", .string(row.layer)), ("removed", row.removed.map { .int($0) } ?? .null)])
        }
        return .object([
            ("kind", .string(selection.kind)), ("value", .string(selection.value)), ("soft", .flag(soft)),
            ("removed", .int(count)), ("layers", .list(rows)),
            ("replicas", removal.replicas.map { .int($0) } ?? .null), ("warnings", .strings(removal.warnings)),
        ])
    }

    private static func warm(
        _ texts: [String], _ concurrency: Int, _ cache: any CacheOperations
    ) async throws(ControlFailure) -> Node {
        try await present(cache)
        guard !texts.isEmpty, texts.count <= mostAddresses else {
            throw .invalid("params of cache.warm: urls: expected 1 to \(mostAddresses) addresses, found \(texts.count)")
        }
        guard (1...64).contains(concurrency) else {
            throw .invalid("params of cache.warm: concurrency: expected 1 to 64, found \(concurrency)")
        }
        var addresses: [CacheAddress] = []
        for text in texts {
            guard let address = CacheAddress(text) else {
                throw .invalid(
                    "params of cache.warm: urls: expected an address such as http://h/path, found \(Quoted.quote(text))"
                )
            }
            addresses.append(try normalised(address))
        }
        let rows = await fetch(addresses, concurrency, cache)
        return .object([
            ("asked", .int(rows.count)), ("stored", .int(rows.count { $0.isStored })),
            (
                "urls",
                .list(
                    rows.map { row in
                        .object([
                            ("url", .string(row.address.spelling)), ("status", row.status.map { .int($0) } ?? .null),
                            ("stored", .flag(row.isStored)), ("reason", .text(row.reason)),
                        ])
                    })
            ),
        ])
    }

    /// So many at a time; the rows in the order of the addresses.
    private static func fetch(
        _ addresses: [CacheAddress], _ concurrency: Int, _ cache: any CacheOperations
    ) async -> [CacheWarming] {
        await withTaskGroup(of: (Int, CacheWarming).self) { group in
            var rows: [CacheWarming?] = Array(repeating: nil, count: addresses.count)
            var next = 0
            while next < min(concurrency, addresses.count) {
                let index = next
                group.addTask { (index, await cache.warm(addresses[index])) }
                next += 1
            }
            while let (done, row) = await group.next() {
                rows[done] = row
                guard next < addresses.count else { continue }
                let index = next
                group.addTask { (index, await cache.warm(addresses[index])) }
                next += 1
            }
            return rows.compactMap { $0 }
        }
    }
}

extension ProcessState {
    /// What all loops have counted.
    func counted() async -> Snapshot {
        var sum = Snapshot(labels: generation.labels)
        for loop in loops {
            if let snapshot = try? await loop.eventLoop.submit({ loop.snapshot() }).get() { sum += snapshot }
        }
        return sum
    }
}
