internal import Logging
internal import Settings

extension Configurator {
    /// Makes a change, or says what it would come to. Answers only when every loop runs it.
    func change(_ request: ChangeRequest) async throws(ControlFailure) -> Node {
        await lock()
        defer { unlock() }
        try refuseWhilePrepared()
        if !request.dryRun {
            try refuseUnconfirmed(request)
            try admitWrite(request)
        }
        let planned = try planner.plan(request)
        if request.dryRun || planned.isNoop {
            let document = ConfigPayload(planned.configuration).document
            return answer(planned, generation: applied.generation, document: document)
        }
        // what the answer shows is made ready meanwhile
        async let document = ConfigPayload(planned.configuration).document
        let built = try await build(planned)
        let generation = try await perform(planned, built)
        return answer(planned, generation: generation, document: await document)
    }

    var planner: ChangePlanner {
        ChangePlanner(
            source: source, applied: applied.configuration, ephemeral: ephemeral, history: history, known: text,
            isOffline: runner == nil)
    }

    /// Builds what would run; nil where nothing that runs becomes different.
    func build(_ planned: PlannedChange) async throws(ControlFailure) -> PreparedGeneration? {
        guard let runner, !planned.changes.isEmpty else { return nil }
        do {
            return try await runner.prepare(settings(of: planned.configuration))
        } catch {
            throw Self.failure(error)
        }
    }

    /// Replaces the file, then swaps every loop. A file that cannot be replaced leaves everything as it was.
    func perform(_ planned: PlannedChange, _ built: PreparedGeneration?) async throws(ControlFailure) -> Int {
        do {
            try write(planned)
        } catch {
            if let built { await runner?.discard(built) }
            throw Self.failure(error)
        }
        var generation = applied.generation
        if let built, let runner { generation = await runner.commit(built) }
        ephemeral = planned.ephemeral
        text = planned.text
        took(planned.configuration, generation: generation)
        say(planned, generation)
        watchChange(planned, since: planned.before)
        return generation
    }

    private func write(_ planned: PlannedChange) throws {
        guard !planned.request.isEphemeral, let bytes = planned.after.bytes, bytes != planned.before else { return }
        keepVersion(planned.before, by: "file")
        // what must be confirmed is in the history before it is in the file: a crash in between must not make it last
        let first = planned.request.confirmMs != nil ? remember(planned) : nil
        do {
            try ConfigFile(planned.after.path).replace(with: bytes, expecting: planned.beforeHash)
        } catch {
            if let first { history?.remove(first) }
            throw error
        }
        if first == nil { remember(planned) }
    }

    /// The history has what the file says now, whoever wrote it.
    func keepVersion(_ bytes: [UInt8]?, by: String, paths: [String] = []) {
        guard let bytes, let history else { return }
        let hash = ConfigFile.hash(bytes)
        if history.entries().first?.hash == hash { return }
        _ = try? history.add(ConfigHistory.Entry(hash: hash, time: Self.now(), by: by, changedPaths: paths), bytes)
    }

    @discardableResult
    private func remember(_ planned: PlannedChange) -> ConfigHistory.Entry? {
        let request = planned.request
        guard let bytes = planned.after.bytes, let history else { return nil }
        var entry = ConfigHistory.Entry(
            hash: planned.afterHash, time: Self.now(), by: request.reason.isEmpty ? request.by : "guard")
        entry.note = request.note
        entry.reason = request.reason
        entry.changedPaths = planned.changedPaths
        entry.transaction = request.transaction
        entry.confirmBy = request.confirmMs.map { Self.now() + Int64($0) }
        do {
            return try history.add(entry, bytes)
        } catch {
            log.warning(
                "the configuration changed, but this version could not be kept in the history",
                metadata: ["path": "\(planned.after.path)", "reason": "\(error)"])
            return nil
        }
    }

    private func say(_ planned: PlannedChange, _ generation: Int) {
        let request = planned.request
        reloads.taken += 1
        reloads.lastTaken = Self.now()
        var facts: Logger.Metadata = [
            "by": "\(request.reason.isEmpty ? request.by : "guard")", "generation": "\(generation)",
            "paths": "\(planned.changedPaths.prefix(20).joined(separator: ", "))",
        ]
        if !request.note.isEmpty { facts["note"] = "\(request.note)" }
        if !request.reason.isEmpty { facts["reason"] = "\(request.reason)" }
        log.notice("configuration changed", metadata: facts)
        let restart = planned.changes.filter { $0.applies == .restart }.map(\.pathText)
        if !restart.isEmpty {
            log.warning("these keys apply at the next start", metadata: ["paths": "\(restart.joined(separator: ", "))"])
        }
    }

    /// At most `admin.writesPerMinute` changes in any minute.
    func admitWrite(_ request: ChangeRequest? = nil) throws(ControlFailure) {
        // what puts an earlier version back is never held up
        if case .rollback = request?.kind { return }
        let limit = applied.configuration.root.admin.writesPerMinute
        let now = Loop.monotonic() / 1_000_000
        writes.removeAll { $0 <= now - 60_000 }
        if limit > 0, writes.count >= limit {
            let wait = max(1, writes[writes.count - limit] + 60_000 - now)
            throw ControlFailure(
                .unavailable, "admin.writesPerMinute (\(limit)) is reached; retry after \((wait + 999) / 1000) s",
                retryAfterMs: Int(wait))
        }
        if limit > 0 { writes.append(now) }
    }

    /// Another change on top would be confirmed, or taken back, together with the one that waits.
    func refuseUnconfirmed(_ request: ChangeRequest) throws(ControlFailure) {
        guard let deadline = confirmation?.deadline, !request.isEphemeral else { return }
        if case .rollback = request.kind { return }
        throw ControlFailure(
            .unavailable,
            "the last change waits to be confirmed; say `clawproxy config confirm` or `clawproxy config rollback` first, or retry when it has gone back",
            retryAfterMs: Int(max(1, (deadline - Loop.monotonic()) / 1_000_000)))
    }

    func refuseWhilePrepared() throws(ControlFailure) {
        guard prepared != nil || undecided != nil else { return }
        throw ControlFailure(
            .unavailable, "a change for all replicas is being made; retry in a moment", retryAfterMs: 500)
    }

    // MARK: the answer

    /// `document`: the target file as the change leaves it, as it may be shown; nil where nobody will look at it.
    func answer(_ planned: PlannedChange, generation: Int, document: Node? = nil) -> Node {
        let request = planned.request
        var members: [(String, Node)] = [
            ("ok", .flag(true)), ("path", .string(planned.after.path)),
            (
                "hash",
                .text(request.isEphemeral || request.dryRun || planned.isNoop ? planned.beforeHash : planned.afterHash)
            ),
            ("generation", .int(generation)),
            ("changedPaths", .strings(planned.isNoop ? [] : planned.changedPaths)),
            ("masked", .strings(planned.masked.map(\.path))),
            ("changes", .list(rows(planned))),
            ("restart", .strings(planned.changes.filter { $0.applies == .restart }.map(\.pathText))),
            ("warnings", .list(planned.configuration.problems.map(\.node))),
        ]
        if planned.isNoop { members.append(("noop", .flag(true))) }
        if request.dryRun { members.append(("dryRun", .flag(true))) }
        if request.isEphemeral { members.append(("ephemeral", .flag(true))) }
        if !planned.later.isEmpty { members.append(("notYet", .strings(planned.later))) }
        if let confirmation, !request.dryRun { members.append(("pendingConfirm", confirmation.node)) }
        if let document { members.append(("config", document)) }
        return .object(members)
    }

    private func rows(_ planned: PlannedChange) -> [Node] {
        let effective = planned.changes.map(\.node)
        let masked = planned.masked.map { row in
            Node.object([
                ("path", .string(row.path)), ("masked", .flag(true)), ("layer", .string(row.layer)),
                ("position", .string(row.position.text)),
            ])
        }
        return effective + masked
    }

    /// A value as JSON text, as a node.
    static func json(_ text: String?) -> Node {
        guard let text else { return .null }
        return (try? JSONReader.read(Array(text.utf8), source: "value", dialect: .json5)) ?? .string(text)
    }
}

extension SettingChange {
    /// A row of `changes`.
    var node: Node {
        .object([
            ("path", .string(pathText)), ("before", Configurator.json(before)), ("after", Configurator.json(after)),
            ("applies", .string(applies.rawValue)), ("masked", .flag(false)),
        ])
    }
}
