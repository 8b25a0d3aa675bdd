internal import Access
internal import Logging
internal import Settings
internal import Synchronization

/// An issuer whose keys are read, again and again. What was read serves until something newer was: a fetch that fails
/// takes nothing away.
final class JWTIssuer: Sendable {
    enum Keys {
        case some([SignatureVerifier], epoch: Int)
        case unknown
        case unsuited
        /// They have not been read yet.
        case none
    }

    private struct State {
        var keys: JWTKeySet?
        var text: [UInt8] = []
        /// Grows with every other set of keys.
        var epoch = 0
        var loop: Task<Void, Never>?
        var source: JWTKeySource?
        var log: Logger?
        var isLoading = false
        var isStopped = false
        var waiters: [@Sendable () -> Void] = []
        /// When a name that nobody knows last had the keys read, in monotonic nanoseconds.
        var sought: Int64?
        var figures = JWTIssuerFigures()
    }

    /// Between reads that are due to tokens with unknown keys, nanoseconds.
    static let seekEvery: Int64 = 30_000_000_000
    private static let mostWaiters = 1024
    private static let firstPause = Duration.seconds(1)
    private static let numbers = Atomic<Int>(0)

    /// Never another issuer's, even after this one's end.
    let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
    let settings: JWTIssuerSettings
    let rules: JWTRules
    private let state = Mutex(State())

    init(_ settings: JWTIssuerSettings) {
        self.settings = settings
        rules = JWTRules(settings)
    }

    deinit { stop() }

    var epoch: Int { state.withLock { $0.epoch } }

    var figures: JWTIssuerFigures {
        state.withLock { state in
            var figures = state.figures
            figures.issuer = settings.issuer
            figures.keys = state.keys?.count ?? 0
            return figures
        }
    }

    // MARK: keys

    func keys(_ keyID: String?, _ algorithm: JWTAlgorithmName) -> Keys {
        guard settings.algorithms.contains(algorithm) else { return .unsuited }
        return state.withLock { state -> Keys in
            guard let keys = state.keys else { return .none }
            switch keys.choose(keyID, algorithm) {
            case .some(let verifiers): return .some(verifiers, epoch: state.epoch)
            case .unknown: return .unknown
            case .unsuited: return .unsuited
            }
        }
    }

    /// Calls back once the keys have been read, newly where they were: by what is under way, or because they have not
    /// been for a while. False: neither, and nobody is called.
    func wait(now: Int64 = Loop.monotonic(), _ waiter: @escaping @Sendable () -> Void) -> Bool {
        let (waits, begins) = state.withLock { state -> (Bool, Bool) in
            guard !state.isStopped, state.source != nil, state.waiters.count < Self.mostWaiters else {
                return (false, false)
            }
            if state.isLoading {
                state.waiters.append(waiter)
                return (true, false)
            }
            if let sought = state.sought, now - sought < Self.seekEvery { return (false, false) }
            state.sought = now
            state.isLoading = true
            state.waiters.append(waiter)
            return (true, true)
        }
        if begins { Task { await self.load(isBegun: true) } }
        return waits
    }

    // MARK: reading

    /// Begins to read keys; nothing where that was begun.
    func start(tls: AgentTLS, log: Logger) {
        state.withLock { state in
            guard state.loop == nil, !state.isStopped else { return }
            state.source = JWTKeySource(settings, tls: tls)
            state.log = log
            state.isLoading = true
            state.loop = Task { [weak self, settings] in
                var pause = Self.firstPause
                var isBegun = true
                while !Task.isCancelled {
                    guard let isRead = await self?.load(isBegun: isBegun) else { return }
                    isBegun = false
                    pause = isRead ? settings.refresh : min(pause * 2, settings.refresh)
                    try? await Task.sleep(for: pause)
                    if isRead { pause = Self.firstPause }
                }
            }
        }
    }

    func stop() {
        let (loop, source, waiters) = state.withLock { state in
            state.isStopped = true
            defer { state.waiters = [] }
            return (state.loop, state.source, state.waiters)
        }
        loop?.cancel()
        source?.close()
        for waiter in waiters { waiter() }
    }

    /// Whether they could be read. Whoever waits is called either way.
    @discardableResult
    private func load(isBegun: Bool) async -> Bool {
        let source = state.withLock { state -> JWTKeySource? in
            if state.isStopped || state.isLoading && !isBegun { return nil }
            state.isLoading = true
            return state.source
        }
        // somebody else reads them already
        guard let source else { return true }
        var fault: JWTKeyFault?
        do throws(JWTKeyFault) {
            let (text, keys) = try await source.read()
            let isSame = state.withLock { $0.keys != nil && $0.text == text }
            let set = isSame ? nil : await JWTKeySet(keys, settings.algorithms)
            take(set, text)
        } catch {
            fault = error
        }
        let (waiters, log) = state.withLock { state in
            if let fault { state.figures.failed(fault) } else { state.figures.succeeded() }
            state.isLoading = false
            defer { state.waiters = [] }
            return (state.waiters, state.isStopped ? nil : state.log)
        }
        if let fault {
            log?.warning(
                "the keys of a token issuer could not be read; those that were read before stay in use",
                metadata: ["issuer": "\(settings.issuer)", "reason": "\(fault)"])
        }
        for waiter in waiters { waiter() }
        return fault == nil
    }

    private func take(_ set: JWTKeySet?, _ text: [UInt8]) {
        guard let set else { return }
        let (isFirst, log) = state.withLock { state in
            let isFirst = state.keys == nil
            state.keys = set
            state.text = text
            state.epoch += 1
            return (isFirst, state.log)
        }
        log?.notice(
            isFirst
                ? "the keys of a token issuer are read"
                : "a token issuer has other keys; what was verified by the old ones is forgotten",
            metadata: ["issuer": "\(settings.issuer)", "keys": "\(set.count)"])
    }
}

/// What metrics and the doctor tell of an issuer.
struct JWTIssuerFigures: Sendable, Equatable {
    var issuer = ""
    var keys = 0
    var reads = 0
    var failures = 0
    /// Why the last read failed; nil where it did not.
    var trouble: String?

    mutating func failed(_ fault: JWTKeyFault) {
        failures += 1
        trouble = fault.description
    }

    mutating func succeeded() {
        reads += 1
        trouble = nil
    }
}
