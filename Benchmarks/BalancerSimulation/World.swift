import Balancer

/// One run: a scenario, a strategy and a seed. Time stands still but for events; every choice is the balancer's own.
package final class World {
    private let scenario: Scenario
    private var draws: Draws
    private var events = EventQueue()
    private var agents: [SimulatedAgent]
    private let proxies: [SimulatedProxy]
    private var requests: [SimulatedRequest] = []
    private var unused: [Int32] = []
    private let changes: [Scenario.Change]
    private var rate: Double
    private var now: Int64 = 0
    private let end: Int64
    private var tally = Tally()
    /// Chooses in place of the balancer, as a mark to measure it by.
    private var oracle: Oracle?
    /// What agents said last, until it is read.
    private var unread: [(cpu: Double, queue: Double)] = []

    /// The monotonic clock does not begin at 0.
    static let start: Int64 = 1_000_000_000_000

    package init(_ scenario: Scenario, strategy: String, seed: UInt64) {
        self.scenario = scenario
        draws = Draws(seed: seed)
        agents = scenario.speeds.map(SimulatedAgent.init(speed:))
        proxies = (0..<scenario.proxies).map {
            SimulatedProxy(scenario, strategy: strategy, seed: StableHash.mix(seed &* 64 &+ UInt64($0)))
        }
        oracle = strategy == Oracle.name ? Oracle() : nil
        changes = scenario.changes.sorted { $0.at < $1.at }
        rate = scenario.load * scenario.capacity
        end = World.start + Int64(scenario.duration * 1e9)
    }

    package func run() -> Outturn {
        now = World.start
        events.add(.arrival, at: now + gap())
        for (index, change) in changes.enumerated() { events.add(.change(index), at: World.start + ns(change.at)) }
        if let pauses = scenario.pauses {
            for index in agents.indices {
                events.add(.pause(Int32(index)), at: now + ns(draws.exponential(mean: pauses.every)))
            }
        }
        if let reports = scenario.reports { events.add(.reports, at: now + ns(reports.every)) }
        while let event = events.next() {
            now = event.at
            switch event.kind {
            case .arrival: arrive()
            case .change(let index): change(changes[index].what)
            case .pause(let agent): pause(Int(agent))
            case .reports: report()
            case .done(let request, let turn):
                if requests[Int(request)].turn == turn { done(request) }
            }
        }
        return tally.outturn(agents, slots: scenario.slots, World.start, end)
    }

    private func ns(_ seconds: Double) -> Int64 { Int64(seconds * 1e9) }
    private func gap() -> Int64 { ns(draws.exponential(mean: 1 / rate)) }

    // MARK: Requests

    private func arrive() {
        guard now < end else { return }
        events.add(.arrival, at: now + gap())
        var request = SimulatedRequest(arrived: now)
        let isStream = scenario.streams.map { draws.unit() < $0.share } ?? false
        let mean = isStream ? scenario.work * (scenario.streams?.work ?? 1) : scenario.work
        request.left = draws.lognormal(mean: mean, sigma: scenario.sigma)
        request.stream = isStream ? draws.lognormal(mean: scenario.streams?.length ?? 0, sigma: 0.8) : 0
        // An estimate: within a factor of two, mostly.
        request.tokens = Int32(1 + (request.left + request.stream) * 1000 * draws.lognormal(mean: 1, sigma: 0.4))
        request.proxy = Int32(scenario.proxies == 1 ? 0 : draws.below(scenario.proxies))
        request.loop = Int32(scenario.loops == 1 ? 0 : draws.below(scenario.loops))
        request.key = StableHash.mix(UInt64(draws.below(10_000)))
        let index: Int32
        if let old = unused.popLast() {
            index = old
            request.turn = requests[Int(old)].turn
            requests[Int(old)] = request
        } else {
            index = Int32(requests.count)
            requests.append(request)
        }
        send(index)
    }

    private func send(_ index: Int32) {
        let request = requests[Int(index)]
        guard let lease = pick(request) else {
            tally.failed(request, now)
            free(index)
            return
        }
        let agent = lease.agent
        requests[Int(index)].lease = lease
        requests[Int(index)].turn &+= 1
        if agents[agent].isGone {
            requests[Int(index)].phase = .refused
            events.add(.done(index, turn: requests[Int(index)].turn), at: now + 200_000)
        } else if agents[agent].failing > 0, draws.unit() < agents[agent].failing {
            requests[Int(index)].phase = .rejected
            events.add(.done(index, turn: requests[Int(index)].turn), at: now + 1_000_000)
        } else if agents[agent].working.count < scenario.slots {
            work(index, agent)
        } else {
            agents[agent].wait(index)
        }
    }

    private func pick(_ request: SimulatedRequest) -> Lease? {
        let proxy = proxies[Int(request.proxy)]
        guard oracle != nil else { return proxy.pick(request, now) }
        return oracle?.choose(agents, slots: scenario.slots, without: request.tried).flatMap { proxy.place($0, now) }
    }

    private func work(_ index: Int32, _ agent: Int) {
        agents[agent].count(now)
        agents[agent].working.append(index)
        plan(index, agents[agent].currentSpeed)
    }

    /// When it will be done if nothing changes.
    private func plan(_ index: Int32, _ speed: Double) {
        requests[Int(index)].since = now
        requests[Int(index)].turn &+= 1
        guard speed > 0 else { return }
        events.add(.done(index, turn: requests[Int(index)].turn), at: now + ns(requests[Int(index)].left / speed))
    }

    private func done(_ index: Int32) {
        let request = requests[Int(index)]
        let proxy = proxies[Int(request.proxy)]
        switch request.phase {
        case .working:
            let agent = request.lease.agent
            proxy.answered(&requests[Int(index)].lease, now)
            tally.answered(request, now)
            if request.stream > 0 {
                requests[Int(index)].phase = .streaming
                requests[Int(index)].left = request.stream * agents[agent].fullSpeed
                plan(index, agents[agent].currentSpeed)
            } else {
                finish(index, agent)
            }
        case .streaming:
            finish(index, request.lease.agent)
        case .refused:
            fail(index, .failure(.connect))
        case .rejected:
            proxy.answered(&requests[Int(index)].lease, now, isError: true)
            fail(index, .failure(.status))
        }
    }

    private func finish(_ index: Int32, _ agent: Int) {
        proxies[Int(requests[Int(index)].proxy)].ended(requests[Int(index)].lease, .success, now)
        agents[agent].count(now)
        agents[agent].working.removeAll { $0 == index }
        free(index)
        if let next = agents[agent].nextWaiting() { work(next, agent) }
    }

    /// Another agent gets it, once, if the client has had nothing.
    private func fail(_ index: Int32, _ outcome: Outcome) {
        let request = requests[Int(index)]
        proxies[Int(request.proxy)].ended(request.lease, outcome, now)
        tally.attemptFailed()
        if request.phase == .streaming || !request.tried.isEmpty {
            tally.failed(request, now)
            free(index)
            return
        }
        requests[Int(index)].tried.add(request.lease.agent)
        requests[Int(index)].phase = .working
        requests[Int(index)].left = request.left
        send(index)
    }

    private func free(_ index: Int32) {
        requests[Int(index)].turn &+= 1
        unused.append(index)
    }

    // MARK: What happens to agents

    private func change(_ what: Scenario.Change.What) {
        switch what {
        case .speed(let agent, let part): retime(agent) { $0.speed = $0.fullSpeed * part }
        case .back(let agent): agents[agent].isGone = false
        case .failing(let agent, let part): agents[agent].failing = part
        case .load(let part): rate = scenario.load * scenario.capacity * part
        case .gone(let agent):
            agents[agent].isGone = true
            agents[agent].count(now)
            var broken = agents[agent].working
            agents[agent].working = []
            while let waiting = agents[agent].nextWaiting() { broken.append(waiting) }
            for index in broken { fail(index, .failure(.reset)) }
        }
    }

    private func pause(_ agent: Int) {
        guard now < end || agents[agent].isPaused, let pauses = scenario.pauses else { return }
        retime(agent) { $0.isPaused.toggle() }
        let length =
            agents[agent].isPaused ? pauses.length * (0.5 + draws.unit()) : draws.exponential(mean: pauses.every)
        events.add(.pause(Int32(agent)), at: now + ns(length))
    }

    /// What is being worked on goes on at another speed.
    private func retime(_ agent: Int, _ change: (inout SimulatedAgent) -> Void) {
        let before = agents[agent].currentSpeed
        change(&agents[agent])
        for index in agents[agent].working {
            let worked = Double(now - requests[Int(index)].since) / 1e9 * before
            requests[Int(index)].left = max(requests[Int(index)].left - worked, 0)
            plan(index, agents[agent].currentSpeed)
        }
    }

    /// What was measured a turn ago is read, and measured again.
    private func report() {
        guard now < end, let reports = scenario.reports else { return }
        for (agent, load) in unread.enumerated() {
            for proxy in proxies { proxy.read(agent, cpu: load.cpu, queue: load.queue, every: ns(reports.every), now) }
        }
        unread = agents.map { (Double($0.working.count) / Double(scenario.slots), Double($0.waiting)) }
        events.add(.reports, at: now + ns(unread.isEmpty ? reports.every : max(reports.every, reports.age)))
    }
}
