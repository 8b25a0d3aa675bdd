internal import Balancer
internal import Glibc
internal import Logging
internal import Settings

/// Agents that were found come into force as a change of the configuration does: a new generation of the same settings.
extension Server {
    /// What discovery found has changed. With a configurator this waits for its turn among the changes.
    func takeFound() async {
        guard !process.isDraining else { return }
        if let control { return await control.takeFound() }
        guard let built = try? await prepareFound(process.generation.settings) else { return }
        _ = await commit(built)
    }

    /// A generation with the agents that are known now; nil where they are those that serve.
    func prepareFound(_ settings: GatewaySettings) async throws -> PreparedGeneration? {
        let before = process.generation.found
        let after = await discovery.agentsNow(for: settings.agents.discovery)
        guard before != after else { return nil }
        let built = try await prepare(settings)
        let (old, new) = (Set(before.map(\.id)), Set(built.generation.found.map(\.id)))
        log.notice(
            "the agents that discovery finds have changed",
            metadata: [
                "generation": "\(built.generation.number)", "agents": "\(new.count)",
                "joined": "\(Self.listed(new.subtracting(old)))", "left": "\(Self.listed(old.subtracting(new)))",
            ])
        return built
    }

    private static func listed(_ ids: Set<String>) -> String {
        let shown = ids.sorted().prefix(20).joined(separator: ", ")
        return ids.count > 20 ? "\(shown) and \(ids.count - 20) more" : shown
    }
}

extension Configurator {
    /// Puts what discovery found in force. The configuration, its files, history and hash stay as they are; the
    /// generation's number counts up.
    func takeFound() async {
        await lock()
        // a change that is built and waits for its commit would bring back whom it knew
        while prepared?.built != nil {
            unlock()
            try? await Task.sleep(for: .milliseconds(100))
            await lock()
        }
        defer { unlock() }
        guard let runner else { return }
        do {
            guard let built = try await runner.prepareFound(settings(of: applied.configuration)) else { return }
            applied.generation = await runner.commit(built)
        } catch {
            log.error(
                "agents that discovery found were not taken", metadata: ["error": "\(Self.failure(error).message)"])
        }
    }
}
