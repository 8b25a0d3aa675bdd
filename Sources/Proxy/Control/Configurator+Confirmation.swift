internal import Logging
internal import Settings

extension Configurator {
    /// Begins to watch over a change, where it or `admin.guard` asks for it.
    func watchChange(_ planned: PlannedChange, since before: [UInt8]?) {
        let request = planned.request
        // what is taken back has nothing to go back to; one replica alone does not leave a change for all
        guard !request.isEphemeral, request.reason.isEmpty, request.transaction == nil else { return }
        let settings = planned.configuration.root.admin.guard
        let isGuarded = settings?.enabled ?? false
        let earlier = confirmation
        stopWatching()
        guard request.confirmMs != nil || isGuarded else { return }
        let objective = settings ?? GuardSettings()
        let now = Loop.monotonic()
        var watch = Confirmation(before: before, hash: planned.afterHash, number: applied.generation, began: now)
        watch.deadline = request.confirmMs.map { now + Int64($0) * 1_000_000 }
        watch.deadlineWall = request.confirmMs.map { Self.now() + Int64($0) }
        if let earlier, earlier.deadline == nil, now - earlier.began < objective.watch.nanoseconds {
            // changes that follow each other are judged together, by the traffic before the first of them
            watch.before = earlier.before
            watch.began = earlier.began
        } else {
            meter.watch(objective)
        }
        if !(settings?.enabled ?? true) { meter.stop() }
        overlook(watch, until: isGuarded ? now + objective.watch.nanoseconds : now)
    }

    private func stopWatching() {
        confirming?.cancel()
        confirmation = nil
    }

    private func overlook(_ watch: Confirmation, until end: Int64) {
        confirmation = watch
        confirming = Task {
            var reason: String?
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(200))
                await self.sample()
                guard !Task.isCancelled, self.confirmation?.number == watch.number else { return }
                let now = Loop.monotonic()
                reason = reason ?? self.reasonToGoBack(watch, now)
                if let reason {
                    if await self.takeBack(watch, reason) { return }
                } else if watch.deadline == nil, now >= end {
                    self.confirmation = nil
                    self.meter.stop()
                    return
                }
            }
        }
    }

    private func reasonToGoBack(_ watch: Confirmation, _ now: Int64) -> String? {
        if let worse = meter.verdict(at: now) { return "the objective broke: \(worse)" }
        if let deadline = watch.deadline, now >= deadline { return "nobody confirmed it in time" }
        return nil
    }

    /// False: to be tried again, as what stood in the way may be gone in a moment.
    private func takeBack(_ watch: Confirmation, _ reason: String) async -> Bool {
        await lock()
        defer { unlock() }
        // confirmed, or rolled back by hand, while this waited
        guard confirmation?.number == watch.number, !Task.isCancelled else { return true }
        // the outcome of a change for all comes first
        if prepared != nil { return false }
        var request = ChangeRequest(.restore(watch.before), baseHash: watch.hash)
        request.reason = reason
        do throws(ControlFailure) {
            let planned = try planner.plan(request)
            let built = try await build(planned)
            let generation = try await perform(planned, built)
            confirmation = nil
            meter.stop()
            lastTakenBack = TakenBack(time: Self.now(), reason: reason, generation: generation)
            log.error(
                "the last change was taken back",
                metadata: ["reason": "\(reason)", "path": "\(planned.after.path)", "generation": "\(generation)"])
            return true
        } catch {
            let isHopeless = error.message == ChangePlanner.staleBase
            if isHopeless || lastObstacle != error.message {
                log.error(
                    "the last change should be taken back, and could not be",
                    metadata: [
                        "reason": "\(reason)", "failure": "\(error.message)", "remedy": "clawproxy config rollback",
                    ])
            }
            lastObstacle = error.message
            if isHopeless {
                confirmation = nil
                meter.stop()
            }
            return isHopeless
        }
    }

    /// The operator says that the change is well.
    func confirm() async throws(ControlFailure) -> Node {
        await lock()
        defer { unlock() }
        guard let confirmation, confirmation.deadline != nil else {
            throw .invalid(
                "there is no change that waits to be confirmed; config.history shows what happened to the last one")
        }
        if let history, var entry = history.entries().first, entry.hash == confirmation.hash {
            entry.confirmBy = nil
            do {
                try history.update(entry)
            } catch {
                throw ControlFailure(
                    .unavailable,
                    "that it is confirmed could not be kept, and a restart would take it back: \(error); try again")
            }
        }
        stopWatching()
        meter.stop()
        log.notice("the last change was confirmed", metadata: ["generation": "\(applied.generation)"])
        return .object([
            ("confirmed", .flag(true)), ("hash", .string(confirmation.hash)), ("generation", .int(applied.generation)),
        ])
    }

    /// After a start: a change that was to be confirmed still is.
    func resumeConfirmation() {
        guard let history, let bytes = applied.configuration.target?.bytes else { return }
        let entries = history.entries()
        if entries.count > 1, entries[0].by == "start", entries[1].confirmBy != nil {
            log.warning(
                "a change that waited to be confirmed stays: the file was changed since, and is not overwritten",
                metadata: ["version": "\(entries[1].number)", "remedy": "clawproxy config history"])
        }
        guard let entry = entries.first, let deadline = entry.confirmBy, entry.hash == ConfigFile.hash(bytes) else {
            return
        }
        let before = entries.count > 1 ? history.bytes(of: entries[1]) : nil
        if entries.count > 1, before == nil { return }
        let now = Loop.monotonic()
        var watch = Confirmation(before: before, hash: entry.hash, number: applied.generation, began: now)
        watch.deadline = now + max(0, deadline - Self.now()) * 1_000_000
        watch.deadlineWall = deadline
        let objective = applied.configuration.root.admin.guard
        if objective?.enabled ?? true { meter.watch(objective ?? GuardSettings()) }
        overlook(watch, until: now)
    }
}
