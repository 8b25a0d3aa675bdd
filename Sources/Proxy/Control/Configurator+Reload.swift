internal import Logging
internal import Settings

extension Configurator {
    enum Occasion: String { case file, signal, rpc }

    /// Takes what the files say now. A configuration that is wrong changes nothing, and is told once; our own writing is
    /// no change.
    @discardableResult
    func reload(_ occasion: Occasion) async -> Node {
        await lock()
        defer { unlock() }
        // what is prepared was worked out on what is applied; its outcome comes first
        if prepared != nil || undecided != nil {
            reloadLater()
            return reloadAnswer(changed: false, [])
        }
        if isAsApplied {
            if reloads.refusal != nil { reloads.refusal = nil }
            return reloadAnswer(changed: false, [])
        }
        let loaded = loadNow()
        let problems = vanished(loaded) + loaded.problems.filter { $0.severity != .warning }
        guard problems.isEmpty else { return refuse(loaded, problems, occasion) }
        let changes = GatewaySettings.changes(from: applied.configuration.root, to: loaded.root)
        guard !changes.isEmpty, let runner else {
            // other words for the same
            reloads.refusal = nil
            applied.configuration = loaded
            keepVersion(loaded.target?.bytes, by: "file")
            return reloadAnswer(changed: false, [])
        }
        do {
            let built = try await runner.prepare(settings(of: loaded))
            let generation = await runner.commit(built)
            took(loaded, generation: generation)
            reloads.taken += 1
            reloads.lastTaken = Self.now()
            keepVersion(loaded.target?.bytes, by: "file", paths: changes.map(\.pathText))
            log.notice(
                "configuration reloaded",
                metadata: [
                    "by": "\(occasion.rawValue)", "generation": "\(generation)",
                    "paths": "\(changes.prefix(20).map(\.pathText).joined(separator: ", "))",
                ])
            let restart = changes.filter { $0.applies == .restart }.map(\.pathText)
            if !restart.isEmpty {
                log.warning(
                    "these keys apply at the next start", metadata: ["paths": "\(restart.joined(separator: ", "))"])
            }
            return reloadAnswer(changed: true, [])
        } catch {
            let failure = Self.failure(error)
            let problem = Problem(severity: .error, position: .unwritten, path: "", message: failure.message)
            return refuse(loaded, [problem], occasion)
        }
    }

    /// Looks again in a moment.
    private func reloadLater() {
        guard !isReloadDue else { return }
        isReloadDue = true
        Task {
            try? await Task.sleep(for: .milliseconds(300))
            self.isReloadDue = false
            await self.reload(.file)
        }
    }

    /// What a file said stays in force when it is gone: nobody means to take everything away like that.
    private func vanished(_ loaded: Configuration<GatewaySettings>) -> [Problem] {
        applied.configuration.files.filter { file in
            file.exists && !loaded.files.contains { $0.path == file.path && $0.exists }
        }.map { file in
            Problem(
                severity: .error, position: Position(source: file.path), path: "",
                message:
                    "the file is gone; what it said stays in force: put it back, or restart the proxy to go on without it"
            )
        }
    }

    private func refuse(_ loaded: Configuration<GatewaySettings>, _ problems: [Problem], _ occasion: Occasion) -> Node {
        let seen = loaded.files.map(\.bytes)
        if let refusal = reloads.refusal, refusal.files == seen {
            return reloadAnswer(changed: false, problems)
        }
        reloads.refusal = ReloadFacts.Refusal(
            time: Self.now(), source: occasion.rawValue, problems: problems, files: seen)
        reloads.refused += 1
        let shown = problems.prefix(20).map(\.description).joined(separator: "; ")
        log.error(
            "the configuration was not taken; what ran goes on",
            metadata: [
                "by": "\(occasion.rawValue)", "generation": "\(applied.generation)",
                "problems": "\(shown)\(problems.count > 20 ? "; and \(problems.count - 20) more" : "")",
            ])
        return reloadAnswer(changed: false, problems)
    }

    private func reloadAnswer(changed: Bool, _ problems: [Problem]) -> Node {
        .object([
            ("generation", .int(applied.generation)), ("changed", .flag(changed)),
            ("issues", .list(problems.map(\.node))),
        ])
    }

    /// Every file that the configuration comes from, or would come from if it were there.
    var watchedPaths: [String] { applied.configuration.files.flatMap { [$0.path] + $0.alternatives } }
}
