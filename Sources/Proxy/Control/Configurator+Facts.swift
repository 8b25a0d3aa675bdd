internal import Settings

/// What `status` and `doctor` are told.
extension Configurator {
    func statusFacts(_ listeners: [StatusFacts.Address]) -> StatusFacts {
        var facts = StatusFacts()
        let configuration = applied.configuration
        facts.instance = instance
        facts.startedMs = started
        facts.generationSinceMs = applied.since
        facts.hash = currentHash()
        facts.appliedHash = configuration.target?.bytes.map(ConfigFile.hash)
        facts.files = configuration.files.map { file in
            StatusFacts.File(
                path: file.path, layer: file.layer.rawValue, exists: file.exists, hash: file.bytes.map(ConfigFile.hash))
        }
        facts.listeners = listeners
        facts.reloadsTaken = reloads.taken
        facts.reloadsRefused = reloads.refused
        facts.lastTakenMs = reloads.lastTaken
        facts.lastRefusal = reloads.refusal
        facts.isEphemeral = ephemeral != nil
        facts.pendingConfirm = confirmation?.node ?? .null
        return facts
    }

    func doctorFacts() -> DoctorFacts {
        var facts = DoctorFacts()
        let now = current()
        facts.problems = now.problems
        facts.lastRefusal = reloads.refusal
        facts.filesDiffer = now.isReady && now.root != applied.configuration.root
        facts.restart = GatewaySettings.changes(from: startedWith, to: applied.configuration.root)
            .filter { $0.applies == .restart }.map(\.pathText)
        facts.isEphemeral = ephemeral != nil
        facts.confirmBy = confirmation?.deadline
        facts.targetFile = file?.path
        facts.targetObstacle = file?.obstacle()?.description
        facts.hasAdminToken = token != nil
        facts.recent = recent
        return facts
    }
}

extension Server {
    func statusFacts(_ configurator: Configurator) async -> StatusFacts {
        await configurator.statusFacts(
            listeners.map { StatusFacts.Address(address: $0.address.spelling, port: $0.port, door: "\($0.door)") })
    }
}
