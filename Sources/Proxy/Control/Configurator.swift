internal import CMalloc
internal import Glibc
internal import Logging
internal import Settings
internal import Telemetry

/// Puts generations in force, as the configurator needs it. `Server` is the one that does; without any, changes are made
/// in the files alone.
protocol GenerationRunner: Sendable {
    func prepare(_ settings: GatewaySettings) async throws -> PreparedGeneration
    /// The same settings with the agents that discovery knows now; nil where those serve already.
    func prepareFound(_ settings: GatewaySettings) async throws -> PreparedGeneration?
    func commit(_ prepared: PreparedGeneration) async -> Int
    func discard(_ prepared: PreparedGeneration) async
    /// What has been served since the start, the proxy's own pages left out.
    func traffic() async -> TrafficSample
    func figures() async -> TrafficFigures
    func note(_ facts: ReloadFacts)
}

extension Server: GenerationRunner {
    nonisolated func note(_ facts: ReloadFacts) { process.note(facts) }
    func figures() async -> TrafficFigures { await process.figures() }
}

/// The one place where the configuration of a process changes: by RPC, by file, by signal, by a guard that takes a change
/// back. One change at a time; a change is whole or it is not.
///
/// The order of every change: read and compare, merge, check everything, build the runtime beside the one that runs,
/// replace the file, swap every loop, answer. What fails before the file is replaced leaves no trace.
actor Configurator {
    /// What is in force.
    struct Applied: Sendable {
        var configuration: Configuration<GatewaySettings>
        var generation: Int
        /// Unix milliseconds.
        var since: Int64
    }

    let source: ConfigSource
    /// Nil before the proxy has started, and where none runs.
    private(set) var runner: (any GenerationRunner)?
    let log: Logger
    /// Stands in for `admin.token` where the configuration gives none.
    private var madeToken: String?
    /// Tells this process from its replicas.
    package nonisolated let instance: String
    /// Unix milliseconds.
    let started: Int64
    var applied: Applied
    /// What the process was started with: keys that apply at a start are still as they were then.
    let startedWith: GatewaySettings
    /// Counted in the last minute, for the doctor.
    let recent = RecentTraffic()
    var reloads = ReloadFacts() {
        didSet { runner?.note(reloads) }
    }
    /// The patch that ends with this process.
    var ephemeral: Node?
    /// The target file after the last change, with the places of its nodes.
    var text: DocumentText?
    /// When changes were made in the last minute, in monotonic milliseconds.
    var writes: [Int64] = []
    var confirmation: Confirmation?
    var confirming: Task<Void, Never>?
    var meter: TrafficMeter
    var sampling: Task<Void, Never>?
    /// The last change that went back by itself.
    var lastTakenBack: TakenBack?
    /// Why a change could not be taken back, which is told once.
    var lastObstacle: String?
    var prepared: PreparedTransaction?
    var isReloadDue = false
    /// A change for all that was open when this process ended last, and still is.
    var undecided: String?
    var committed: [String: CommittedChange] = [:]
    private var trimming: Task<Void, Never>?
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(
        _ source: ConfigSource, _ loaded: Configuration<GatewaySettings>, log: Logger, madeToken: String? = nil
    ) {
        self.source = source
        self.log = log
        self.madeToken = madeToken
        instance = String(UInt64.random(in: .min ... .max), radix: 16)
        started = Self.now()
        startedWith = loaded.root
        meter = TrafficMeter(bounds: loaded.root.monitoring.buckets)
        applied = Applied(configuration: loaded, generation: 0, since: started)
    }

    /// Unix milliseconds.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// The proxy runs what is applied; from here on changes reach it. Begins what goes on beside them.
    func begin(_ runner: any GenerationRunner) async {
        self.runner = runner
        applied.generation = 1
        applied.since = Self.now()
        keepVersion(applied.configuration.target?.bytes, by: "start")
        undecided = pendingTransaction?.transaction
        file?.sweep()
        resumeConfirmation()
        sampling = Task { [weak self] in
            while !Task.isCancelled {
                await self?.sample()
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    func end() {
        sampling?.cancel()
        confirming?.cancel()
        trimming?.cancel()
    }

    // MARK: one change at a time

    /// Waits until no other change is under way. `unlock` follows, whatever happens.
    func lock() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func unlock() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }

    // MARK: the files

    var keys: [KeyInfo] { applied.configuration.keys }

    /// The file that changes are written to.
    var file: ConfigFile? { applied.configuration.target.map { ConfigFile($0.path) } }
    var history: ConfigHistory? { file.map { ConfigHistory($0) } }

    /// All layers as they are now.
    func loadNow(instead: LoadedFile? = nil) -> Configuration<GatewaySettings> {
        source.load(after: applied.configuration, ephemeral: ephemeral, instead: instead)
    }

    /// Settings as they are run: with the token that was made where none was given.
    func settings(of configuration: Configuration<GatewaySettings>) -> GatewaySettings {
        var settings = configuration.root
        guard settings.admin.token == nil else { return settings }
        // also where it was taken out while running: nobody shall be locked out
        if madeToken == nil, let home = source.home { madeToken = try? AdminToken.loadOrMake(home: home) }
        if let madeToken { settings.admin.token = Secret(madeToken) }
        return settings
    }

    /// What a start runs.
    var settingsToRun: GatewaySettings { settings(of: applied.configuration) }

    var token: String? { settings(of: applied.configuration).admin.token?.value }

    /// Takes note of what runs now.
    func took(_ configuration: Configuration<GatewaySettings>, generation: Int) {
        let isNew = generation != applied.generation
        applied = Applied(
            configuration: configuration, generation: generation, since: isNew ? Self.now() : applied.since)
        reloads.refusal = nil
        giveMemoryBack()
    }

    /// What was built and thrown away goes back to the system once changes have ceased: the allocator keeps it otherwise.
    private func giveMemoryBack() {
        guard runner != nil else { return }
        trimming?.cancel()
        trimming = Task {
            try? await Task.sleep(for: .seconds(1))
            if !Task.isCancelled { _ = malloc_trim(0) }
        }
    }

    /// A problem of the system under a change, in the words of its error.
    static func failure(_ error: any Error) -> ControlFailure {
        if let failure = error as? ControlFailure { return failure }
        if let failure = error as? ConfigFileFailure {
            return ControlFailure(failure.kind == .changed ? .invalidRequest : .unavailable, failure.description)
        }
        if let failure = error as? ListenFailure { return .invalid("\(failure); nothing was changed") }
        return ControlFailure(.internalError, "\(error)")
    }
}
