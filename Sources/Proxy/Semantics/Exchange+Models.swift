internal import Balancer
internal import NIOCore
internal import Routing
internal import Semantics
internal import Telemetry
internal import Wire

/// Which model is asked: the one that the client names, or, where it leaves that open, the one that the rules for models
/// choose; and the next one of the chain where it gives no answer.
extension Exchange {
    /// Chooses the model, and among the agents those that serve it. Nil: the exchange has been answered.
    ///
    /// - Parameters:
    ///   - plan: of the rule, with all its agents.
    ///   - filters: what the body said of agents.
    func chooseModel(
        _ plan: Plan, _ filters: [AgentFilter], _ reading: BodyReading, _ runtime: LoopRuntime
    ) -> Plan? {
        let scanner = reading.scanner
        let narrow = runtime.narrowed(plan, to: filters) ?? plan
        guard scanner.isObject, let held else { return narrow }
        // one that may yet come, behind all that is read, is the agent's to find
        if scanner.models.isEmpty, !scanner.isDone || scanner.isBroken { return narrow }
        let generation = runtime.generation
        var asked: [UInt8]?
        switch scanner.model {
        case .absent: asked = nil
        case .string(let value, _): asked = value
        // the agent says itself what is wrong with it
        case .other: return narrow
        }
        var model = asked.map { String(decoding: $0, as: UTF8.self) }
        let isOpen = ModelName.leavesChoice(asked)
        if isOpen {
            var facts = BodyFacts(scanner, generation.meaning, loop.judging)
            model = generation.models?.choose(&facts)?.model ?? generation.fallback?.models.first
        }
        guard let model else { return narrow }
        let chain = generation.fallback?.chain(from: model)
        let names = chain == nil ? [model] : generation.fallback?.models ?? []
        var plans: [String: Plan] = [:]
        for name in names { plans[name] = serving(name, plan, filters, runtime) }
        guard let first = plans[model] ?? (chain == nil ? nil : narrow) else {
            fail(Failure.modelNotServed(model, plan.targetNames, plan.reach))
            return nil
        }
        let places = scanner.models.isEmpty ? [scanner.model] : scanner.models
        let turn = ModelTurn(model, isOurs: isOpen, places: places, chain: chain, plans: plans)
        models = turn
        if isOpen {
            loop.counters.add(1, to: .modelsChosen)
            name(model, turn, held)
        }
        if plans[model] == nil {
            self.plan = narrow
            // the first of the chain that somebody serves
            guard advance(turn, .unavailable), let next = plans[turn.model] else {
                if !isEnded { fail(Failure.modelNotServed(model, plan.targetNames, plan.reach)) }
                return nil
            }
            return next
        }
        return first
    }

    /// The rule's agents that serve a model; nil where there are none.
    private func serving(_ model: String, _ plan: Plan, _ filters: [AgentFilter], _ runtime: LoopRuntime) -> Plan? {
        let reach = plan.reach.filter { agent in filters.allSatisfy { $0.takes(agent) } }
        if reach.allSatisfy({ $0.settings.models.isEmpty }) { return runtime.narrowed(plan, to: filters) }
        // what the client writes makes no pools: only names that an agent lists do
        let isListed = reach.contains { $0.settings.models.contains(model) }
        let filter = isListed ? AgentFilter.model(model) : .unlisted
        guard reach.contains(where: { filter.takes($0) }) else { return nil }
        return runtime.narrowed(plan, to: filters + [filter])
    }

    /// Puts another model into the body.
    private func name(_ model: String, _ turn: ModelTurn, _ body: ByteBuffer) {
        let named = turn.name(model, in: body, loop)
        let growth = named.readableBytes - body.readableBytes
        if case .length(let bytes) = head.framing { contentLength = (contentLength ?? bytes) + growth }
        releaseBody()
        held = named
        _ = loop.process.bodyHeld(named.readableBytes)
    }

    // MARK: the next one

    /// Whether what failed leads to another try, of this model or the next one. True: that is under way.
    func goesOn(after failure: Failure) -> Bool {
        guard let cause = FallbackCause(failure.kind) else { return false }
        return goesOn(cause)
    }

    func goesOn(_ cause: FallbackCause) -> Bool {
        guard let turn = models, turn.chain != nil, isWhole, plan != nil,
            phase != .answering || heldAnswer != nil || cause == .stream
        else { return false }
        let failed = turn.model
        guard let delay = step(turn, cause) else { return false }
        loop.counters.add(1, to: turn.model == failed ? .modelRepeats : .modelFallbacks)
        if case .status(let status, _) = cause {
            // a whole answer, if not the one that is wanted: the agent is judged by it, and keeps its connection
            leaveAgent(Outcome.of(status: status))
        } else {
            stream?.cancel()
            stream = nil
            recordOutcome(.cancelled)
        }
        if hedge != nil { dropHedge() }
        leaveQueue()
        restart(turn, after: delay)
        return true
    }

    /// Goes on to a model that somebody serves. False: there is none.
    private func advance(_ turn: ModelTurn, _ cause: FallbackCause) -> Bool {
        guard case .some = step(turn, cause) else { return false }
        return true
    }

    /// Nanoseconds to wait before the next try; nil: there is none.
    private func step(_ turn: ModelTurn, _ cause: FallbackCause) -> Int64? {
        var cause = cause
        while true {
            switch turn.chain?.failed(cause, mayRepeat: mayRepeatModel) {
            case .again(let delay):
                target?.pool.pool.retryBudget.retried(loop.now)
                return delay
            case .next(let model):
                guard turn.plans[model] != nil, let held, chargeMoves(to: model) else {
                    cause = .unavailable
                    continue
                }
                name(model, turn, held)
                return 0
            case .giveUp, nil: return nil
            }
        }
    }

    /// The pool's budget of repetitions has room for the same model once more.
    private var mayRepeatModel: Bool {
        guard let target else { return true }
        let budget = target.pool.pool.retryBudget
        target.requests.settle(budget, loop.now)
        guard budget.hasRoom(target.pool.pool.retry, loop.now) else {
            budget.refused()
            return false
        }
        return true
    }

    /// Everything about the attempts so far is forgotten but their number.
    private func restart(_ turn: ModelTurn, after delay: Int64) {
        let before = plan
        plan = turn.plans[turn.model] ?? plan
        answer.reset()
        heldAnswer = nil
        status = 0
        target = target.flatMap { before?.counterpart(of: $0, in: plan) }
        agentIndex = -1
        tried = Tried()
        asked = []
        repeats = 0
        freeRepeats = 0
        waitingSince = 0
        self.turn &+= 1
        phase = .gathering
        guard delay > 0 else { return askModel() }
        downstream?.wantRequestBody(false)
        let (serial, number) = (serial, self.turn)
        let held = NIOLoopBound(self, eventLoop: loop.eventLoop)
        loop.eventLoop.scheduleTask(in: .nanoseconds(delay)) {
            let exchange = held.value
            exchange.loop.touch()
            guard exchange.serial == serial, exchange.turn == number, exchange.phase == .gathering else { return }
            exchange.askModel()
        }
    }

    private func askModel() {
        guard let plan else { return }
        if findsBinding(plan) { balance(plan) }
    }
}

extension FallbackCause {
    /// Nil for what another model would not mend.
    init?(_ kind: Failure.Kind) {
        switch kind {
        case .connectRefused, .connectTimeout, .tlsCertificate, .tlsAlert, .tlsProtocol: self = .connect
        case .agentReset, .answerCutShort: self = .reset
        case .firstByteTimeout: self = .timeout
        case .badAnswer: self = .badAnswer
        case .noAgent, .agentsBusy, .queueFull, .queueTimeout: self = .unavailable
        default: return nil
        }
    }
}
