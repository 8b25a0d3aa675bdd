internal import Balancer
internal import NIOCore
internal import Routing
internal import Semantics
internal import Settings
internal import Telemetry
internal import Wire

/// What the body says before an agent is chosen: which rule it means, which agent and model it names.
///
/// The bytes are held, looked at as they come, and go on unchanged but for the model. What is decided is decided once,
/// for whole answers and streams alike: the same text, the same rule.
extension Exchange {
    /// The rule hangs on the body. It is refused at once where every rule that could be meant would refuse it.
    func awaits(_ question: MeaningQuestion) {
        guard let runtime, !isTurnedAway() else { return }
        if let kinds = runtime.refusesStrangers(question), refusesStranger(kinds) { return }
        if case .length(let bytes) = head.framing, bytes > runtime.bodyLimit {
            return fail(Failure(WireFailure.bodyTooLarge))
        }
        // reading costs memory, and judging may cost a service: who is over the limit of all requests gets neither
        if let limit = runtime.generation.limits.http, !limit.key.needsIdentity {
            limitAsked = limit
            switch asks([limit][...], { [self] in readMeaning(question, runtime) }) {
            case .passed: break
            case .ended, .waits: return
            }
        }
        readMeaning(question, runtime)
    }

    private func readMeaning(_ question: MeaningQuestion, _ runtime: LoopRuntime) {
        begin(
            BodyReading(
                question, runtime.generation.meaning, limit: runtime.readBytes, counts: runtime.generation.countsTokens))
        // a stream of messages has no text to wait for
        if grpc != nil { readEnough() }
    }

    /// Looks into the body where the plan wants that. True: the walk goes on by itself, or has ended.
    @inline(__always)
    func reads(_ plan: Plan) -> Bool {
        guard let wants = plan.reads, head.method == .post, !isUpgrade, grpc == nil else { return false }
        // a limit must not depend on what the client calls its body
        guard head.mayBringJSON || wants.limits && head.framing != .none && (isForModels(plan) || !head.bringsMedia) else { return false }
        return looks(into: plan)
    }

    private func looks(into plan: Plan) -> Bool {
        guard let wants = plan.reads, let runtime else { return false }
        if wants.limits || wants.models && isForModels(plan) {
            let limit = max(runtime.readBytes, BodyReading.modelBytes)
            begin(BodyReading(nil, runtime.generation.meaning, limit: limit, counts: runtime.generation.countsTokens))
            return true
        }
        // a long body goes on as it comes: who names an agent writes a message
        if case .length(let bytes) = head.framing, bytes > BodyReading.agentBytes { return false }
        // nor is one asked for that the client holds back: whether it is wanted, its agent says
        guard wants.agent, !head.expectsContinue else { return false }
        begin(BodyReading(limit: BodyReading.agentBytes))
        return true
    }

    private func begin(_ reading: BodyReading) {
        self.reading = reading
        // what came while it was being admitted
        if let held { held.withUnsafeReadableBytes { read($0) } }
        guard self.reading === reading, !reading.isOver else { return }
        if requestEnded {
            readEnough()
        } else {
            inviteBody()
        }
    }

    /// More of the body has been held.
    func read(_ bytes: UnsafeRawBufferPointer) {
        guard let reading, !reading.isOver else { return }
        if reading.isForAgent, head.framing == .length(bytes.count), !BodyReading.mayNameAgent(bytes) {
            return readEnough()
        }
        reading.scanner.take(bytes)
        if reading.scanner.isDone || held?.readableBytes ?? 0 >= reading.limit { readEnough() }
    }

    /// As much of the body is here as is looked at.
    func readEnough() {
        guard let reading, !reading.isOver else { return }
        reading.isOver = true
        if let question = reading.question {
            judge(question, reading)
        } else if let plan {
            decided(plan, reading)
        }
    }

    // MARK: the rule

    private func judge(_ question: MeaningQuestion, _ reading: BodyReading) {
        guard let runtime else { return }
        let meaning = runtime.generation.meaning
        let judged = reading.scanner.withText { text in
            text.isEmpty ? nil : meaning.routes?.judge(text, loop.judging)
        }
        guard let verdict = judged else { return choose(question, reading, nil, tier: "none") }
        loop.counters.add(1, to: .semanticDecisions)
        guard !meaning.isClear(verdict, loop.judging.probabilities),
            let tiers = loop.process.tiers.current(for: meaning)
        else { return choose(question, reading, loop.judging.probabilities, tier: SemanticTierName.builtIn) }
        let own = loop.judging.probabilities
        let serial = serial
        reading.isAsking = true
        loop.counters.add(1, to: .semanticAsked)
        downstream?.wantRequestBody(false)
        let held = NIOLoopBound(self, eventLoop: loop.eventLoop)
        tiers.ask(reading.scanner.text(), on: loop.eventLoop) { opinion in
            let exchange = held.value
            exchange.loop.touch()
            guard exchange.serial == serial, let reading = exchange.reading, reading.isAsking else { return }
            reading.isAsking = false
            exchange.downstream?.wantRequestBody(true)
            if opinion != nil { exchange.loop.counters.add(1, to: .semanticAnswered) }
            exchange.choose(
                question, reading, opinion.map { Verdict.means(own, $0.probabilities) } ?? own,
                tier: opinion?.tier ?? SemanticTierName.builtIn)
        }
    }

    /// The rule of the highest score above its threshold, or what takes the request otherwise.
    private func choose(_ question: MeaningQuestion, _ reading: BodyReading, _ probabilities: [Float]?, tier: String) {
        guard let runtime else { return }
        let meaning = runtime.generation.meaning
        let index = question.answer { rule in probabilities.map { meaning.score(of: rule, $0) } ?? 0 }
        reading.question = nil
        let isMeant = index >= 0 && index != question.otherwise
        if !isMeant, probabilities != nil { loop.counters.add(1, to: .semanticUnknown) }
        guard index >= 0 else {
            var failure = Failure.noRule(head)
            failure.hint += "; no semantic rule reached its threshold: `clawproxy explain` shows every score"
            return fail(failure)
        }
        decision = Decision(score: isMeant ? probabilities.map { meaning.score(of: index, $0) } : nil, tier: tier)
        let plan = runtime.plan(at: index)
        self.plan = plan
        enter(plan)
    }

    // MARK: agent and model

    func decided(_ plan: Plan, _ reading: BodyReading) {
        self.reading = nil
        guard let runtime else { return }
        let whole = plan
        var plan = plan
        var filters: [AgentFilter] = []
        if plan.reads?.agent == true, let name = reading.scanner.agent {
            let name = String(decoding: name, as: UTF8.self)
            if let filter = AgentFilter.named(name, plan.reach) {
                filters.append(filter)
                plan = runtime.narrowed(plan, to: filters) ?? plan
            } else if plan.hasTarget {
                return fail(Failure.unknownAgent(name, rule: plan.name, plan.reach))
            }
            // without any rule nobody said who may be named: the word is the agent's own
        }
        if plan.reads?.models == true, isForModels(plan) {
            guard let chosen = chooseModel(whole, filters, reading, runtime) else { return }
            plan = chosen
        }
        if plan !== whole {
            target = target.flatMap { whole.counterpart(of: $0, in: plan) }
            self.plan = plan
        }
        self.runtime = nil
        if plan.limits?.models != nil, asksModelLimits(plan, reading.scanner) { return }
        goOn(plan)
    }
}
