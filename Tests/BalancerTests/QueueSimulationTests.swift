import Balancer
import Settings
import Testing

/// Random lives of a queue in front of places, against a plain model. The seed is in every message.
@Suite("a queue, whatever happens")
struct QueueSimulationTests {
    @Test("keeps its laws through 4,000 random steps", arguments: 1...24 as ClosedRange<UInt64>)
    func laws(_ seed: UInt64) {
        var world = QueueWorld(seed)
        for _ in 0..<4_000 {
            world.step()
            guard let broken = world.broken else { continue }
            Issue.record("seed \(seed), step \(world.steps): \(broken)")
            return
        }
        world.drain()
        if let broken = world.broken { Issue.record("seed \(seed), at the end: \(broken)") }
    }

    @Test(
        "a client waits between two of its turns for at most two of each other",
        arguments: 1...16 as ClosedRange<UInt64>
    )
    func fairness(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var (queue, levels) = queue()
        var clients: [WaitingQueue.Ticket: UInt64] = [:]
        /// Turns of each client since a client's last turn, or since it began to wait.
        var since: [UInt64: [UInt64: Int]] = [:]
        var waiting: [UInt64: Int] = [:]
        let holder = queue.enter(levels["normal"], client: 1_000, now: 0).ticket
        for step in 0..<5_000 {
            if random.below(100) < 52 || queue.waiting == 0 {
                // a few send much, many send little
                let client = random.below(2) == 0 ? UInt64(random.below(2)) : UInt64(random.below(40))
                let entry = queue.enter(levels["normal"], client: client, now: Int64(step) * millisecond)
                guard case .waiting(let ticket) = entry else { continue }
                clients[ticket] = client
                waiting[client, default: 0] += 1
                if waiting[client] == 1 { since[client] = [:] }
            } else if let ticket = queue.placeFreed(), let client = clients[ticket] {
                _ = queue.took(ticket, now: Int64(step) * millisecond)
                waiting[client, default: 0] -= 1
                since[client] = waiting[client, default: 0] > 0 ? [:] : nil
                for other in since.keys where other != client {
                    let turns = since[other, default: [:]][client, default: 0] + 1
                    since[other]?[client] = turns
                    if turns > 2 {
                        Issue.record("seed \(seed), step \(step): client \(client) had \(turns) turns before \(other)")
                        return
                    }
                }
            }
        }
        _ = holder
    }
}

/// Places, requests that run in them, and the queue before them.
private struct QueueWorld {
    private struct Guest {
        var level: TaskLevel
        var client: UInt64
        var entered: Int
    }

    private var random: SplitMix64
    private var queue: WaitingQueue
    private let levels: [TaskLevel]
    private let size: Int
    private var places: Int
    private var running = 0
    /// Places that came free without a word since the last look.
    private var silent = 0
    private var waiting: [WaitingQueue.Ticket: Guest] = [:]
    private var promised: [WaitingQueue.Ticket: Guest] = [:]
    /// Promises on their way.
    private var inbox: [WaitingQueue.Ticket] = []
    private var now: Int64 = 0
    private(set) var steps = 0
    private(set) var broken: String?

    init(_ seed: UInt64) {
        random = SplitMix64(seed: seed)
        size = 3 + random.below(seed % 3 == 0 ? 5 : 60)
        let (rules, levels) = queueRules(size: size)
        queue = WaitingQueue(rules)
        self.levels = levels.values.sorted()
        places = 1 + random.below(6)
    }

    private var free: Int { max(places - running, 0) }

    mutating func step() {
        steps += 1
        now += Int64(random.below(40)) * millisecond
        switch random.below(20) {
        case 0...6: arrive()
        case 7...11: finish()
        case 12...16: deliver()
        case 17: leave()
        case 18:
            // places come and go without a word
            let before = free
            places = 1 + random.below(6)
            silent += max(free - before, 0)
        default: tick()
        }
        check()
    }

    /// Everything ends: nobody may be left.
    mutating func drain() {
        for _ in 0..<100_000 where broken == nil {
            steps += 1
            if !inbox.isEmpty {
                deliver()
            } else if running > 0 {
                finish()
            } else if !queue.isEmpty {
                tick()
            } else {
                break
            }
            check()
        }
        if broken == nil, !(waiting.isEmpty && promised.isEmpty) { broken = "\(waiting.count) wait for ever" }
    }

    private mutating func arrive() {
        let level = levels[random.below(levels.count)]
        if level.number < queue.gate, free > 0 {
            run()
            return
        }
        let guest = Guest(level: level, client: UInt64(random.below(5)), entered: steps)
        let before = waiting.count
        switch queue.enter(level, client: guest.client, now: now) {
        case .waiting(let ticket):
            waiting[ticket] = guest
            if before >= size { broken = "more wait than may" }
        case .promised(let ticket):
            if !waiting.isEmpty { broken = "a newcomer was promised a place ahead of \(waiting.count)" }
            promised[ticket] = guest
            inbox.append(ticket)
        case .pushesOut(let ticket, let victim):
            let youngest = waiting.filter { $0.value.level.number >= 2 }.keys.max()
            if level.number != 0 || before < size || victim != youngest {
                broken = "\(level.name) pushed out \(victim), the youngest is \(youngest ?? 0)"
            }
            waiting[victim] = nil
            waiting[ticket] = guest
        case .refused(let reason, let seconds):
            let isRight = reason == .full && before >= size && (1...600).contains(seconds)
            if !isRight { broken = "refused as \(reason) with \(before) of \(size) waiting" }
        }
    }

    private mutating func run() {
        running += 1
        if running > places { broken = "\(running) run in \(places) places" }
    }

    private mutating func finish() {
        guard running > 0 else { return }
        running -= 1
        // above its cap, an agent that gives a place back has none free
        send(queue.placeFreed())
    }

    /// A promise is made to the most urgent, and to the most pressing of its client.
    private mutating func send(_ ticket: WaitingQueue.Ticket?) {
        guard let ticket else { return }
        guard let guest = waiting.removeValue(forKey: ticket) else {
            broken = "\(ticket) was promised a place and does not wait"
            return
        }
        if let better = waiting.first(where: { $0.value.level < guest.level }) {
            broken = "\(guest.level.name) before \(better.value.level.name)"
        }
        let ofClient = waiting.filter { $0.value.level == guest.level && $0.value.client == guest.client }
        if ofClient.keys.contains(where: { $0 < ticket }) {
            broken = "a later request of a client before an earlier one"
        }
        promised[ticket] = guest
        inbox.append(ticket)
    }

    private mutating func deliver() {
        guard !inbox.isEmpty else { return }
        let ticket = inbox.remove(at: random.below(inbox.count))
        guard let guest = promised.removeValue(forKey: ticket) else { return }
        if free > 0 {
            run()
            send(queue.took(ticket, now: now))
        } else {
            waiting[ticket] = guest
            send(queue.missed(ticket))
        }
    }

    private mutating func leave() {
        let all = Array(waiting.keys) + Array(promised.keys)
        guard !all.isEmpty else { return }
        let ticket = all.sorted()[random.below(all.count)]
        waiting[ticket] = nil
        if promised.removeValue(forKey: ticket) != nil { inbox.removeAll { $0 == ticket } }
        send(queue.leave(ticket))
    }

    private mutating func tick() {
        for (ticket, _) in queue.expired(now) {
            if waiting.removeValue(forKey: ticket) == nil { broken = "\(ticket) expired and did not wait" }
        }
        send(queue.look())
        if free > 0, !waiting.isEmpty, promised.isEmpty { broken = "a look found nobody for \(free) places" }
    }

    private mutating func check() {
        guard broken == nil else { return }
        if queue.waiting != waiting.count || queue.promised != promised.count {
            broken =
                "\(queue.waiting) wait and \(queue.promised) are promised, "
                + "expected \(waiting.count) and \(promised.count)"
        }
        let numbers = (Array(waiting.values) + Array(promised.values)).map(\.level.number)
        if queue.gate != numbers.min() ?? .max { broken = "the gate is at \(queue.gate), expected \(numbers)" }
        silent = min(silent, free)
        // the law that keeps anybody from being forgotten
        if !waiting.isEmpty, free - silent > promised.count {
            broken =
                "\(free) places are free, \(silent) silently, with \(promised.count) promised"
                + " and \(waiting.count) waiting"
        }
    }
}
