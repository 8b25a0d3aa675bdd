internal import Logging
internal import Settings

/// A change that goes back by itself: unless it is confirmed in time, or as soon as the answers get worse.
struct Confirmation: Sendable {
    /// Unix milliseconds; nil where nobody needs to confirm and the objective alone watches.
    var deadline: Int64?
    /// What goes back to its place.
    var before: [UInt8]?
    /// The hash of the file as the change left it: another one means that somebody changed it since.
    var hash: String
    var number: Int

    var node: Node {
        .object([("deadlineMs", deadline.map { .int($0) } ?? .null), ("hash", .string(hash))])
    }
}

/// A change that went back by itself, and why.
struct TakenBack: Sendable {
    /// Unix milliseconds.
    var time: Int64
    var reason: String
    var generation: Int

    var node: Node {
        .object([("timeMs", .int(time)), ("reason", .string(reason)), ("generation", .int(generation))])
    }
}

extension Configurator {
    /// Begins to watch over a change, where it or `admin.guard` asks for it.
    func watchChange(_ planned: PlannedChange, since before: [UInt8]?) {
        let request = planned.request
        // a change taken back is not watched: there is nothing to go back to
        guard !request.isEphemeral, request.reason.isEmpty else { return }
        let settings = planned.configuration.root.admin.guard
        let isGuarded = settings?.enabled ?? false
        confirming?.cancel()
        confirmation = nil
        guard request.confirmMs != nil || isGuarded else { return }
        let now = Self.now()
        let watch = Confirmation(
            deadline: request.confirmMs.map { now + Int64($0) }, before: before, hash: planned.afterHash, number: applied.generation)
        confirmation = watch
        let objective = settings ?? GuardSettings()
        meter.watch(objective, isOn: settings?.enabled ?? true)
        confirming = Task { await self.overlook(watch, for: isGuarded ? objective.watch : nil) }
    }

    /// Looks every quarter of a second until the change is confirmed, has stood its time, or goes back.
    private func overlook(_ watch: Confirmation, for time: Duration?) async {
        let end = Self.now() + Int64((time ?? .zero).nanoseconds / 1_000_000)
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(200))
            guard !Task.isCancelled, confirmation?.number == watch.number else { return }
            await sample()
            if let worse = meter.verdict(at: Loop.monotonic()) {
                await takeBack(watch, "the objective broke: \(worse)")
                return
            }
            let now = Self.now()
            if let deadline = watch.deadline {
                guard now >= deadline else { continue }
                await takeBack(watch, "nobody confirmed it in time")
                return
            }
            if now >= end {
                confirmation = nil
                meter.stop()
                return
            }
        }
    }

    private func takeBack(_ watch: Confirmation, _ reason: String) async {
        confirmation = nil
        meter.stop()
        guard let file else { return }
        var request = ChangeRequest(.restore(watch.before), baseHash: watch.hash)
        request.reason = reason
        await lock()
        defer { unlock() }
        do throws(ControlFailure) {
            let planned = try planner.plan(request)
            let built = try await build(planned)
            let generation = try await perform(planned, built)
            lastTakenBack = TakenBack(time: Self.now(), reason: reason, generation: generation)
            log.error(
                "the last change was taken back", metadata: ["reason": "\(reason)", "path": "\(file.path)", "generation": "\(applied.generation)"])
        } catch {
            log.error(
                "the last change should be taken back, and could not be",
                metadata: ["reason": "\(reason)", "failure": "\(error.message)", "remedy": "clawproxy config rollback"])
        }
    }

    /// The operator says that the change is well.
    func confirm() async throws(ControlFailure) -> Node {
        await lock()
        defer { unlock() }
        guard let confirmation, confirmation.deadline != nil else {
            throw .invalid("there is no change that waits to be confirmed; config.history shows what happened to the last one")
        }
        confirming?.cancel()
        self.confirmation = nil
        meter.stop()
        if let history, var entry = history.entries().first, entry.hash == confirmation.hash {
            entry.confirmBy = nil
            try? history.update(entry)
        }
        log.notice("the last change was confirmed", metadata: ["generation": "\(applied.generation)"])
        return .object([("confirmed", .flag(true)), ("hash", .string(confirmation.hash)), ("generation", .int(applied.generation))])
    }

    /// After a start: a change that was to be confirmed still is.
    func resumeConfirmation() async {
        guard let history, let bytes = applied.configuration.target?.bytes else { return }
        let entries = history.entries()
        guard let entry = entries.first, let deadline = entry.confirmBy, entry.hash == ConfigFile.hash(bytes), entries.count > 1,
            let before = history.bytes(of: entries[1])
        else { return }
        let watch = Confirmation(deadline: deadline, before: before, hash: entry.hash, number: applied.generation)
        confirmation = watch
        let objective = applied.configuration.root.admin.guard
        meter.watch(objective ?? GuardSettings(), isOn: objective?.enabled ?? true)
        confirming = Task { await self.overlook(watch, for: nil) }
    }
}
