import Balancer
import Testing

@testable import Proxy

@Suite("How much is too much")
struct OverloadMonitorTests {
    typealias Level = OverloadMonitor.Level
    private static let second: Int64 = 1_000_000_000
    private static let thresholds = OverloadMonitor.Thresholds()

    private static func memory(_ share: Double) -> OverloadMonitor.Readings {
        OverloadMonitor.Readings(memory: Int(share * 1_000_000), memoryLimit: 1_000_000)
    }

    /// The macro's own cannot call what changes a value.
    private func expect(_ value: Bool, is expected: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(value == expected, sourceLocation: sourceLocation)
    }

    @Test(
        "memory has three thresholds, and counts where there is a limit alone",
        arguments: [
            (0.0, Level.normal), (0.84, .normal), (0.85, .low), (0.91, .low), (0.92, .most), (0.97, .critical),
            (5, .critical),
        ])
    func memory(_ share: Double, _ expected: Level) {
        var monitor = OverloadMonitor()
        expect(monitor.take(Self.memory(share), Self.thresholds, now: 0) == (expected != .normal), is: true)
        #expect(monitor.level == expected && monitor.reason == (expected == .normal ? nil : .memory))
        var unlimited = OverloadMonitor()
        _ = unlimited.take(OverloadMonitor.Readings(memory: .max), Self.thresholds, now: 0)
        #expect(unlimited.level == .normal)
    }

    @Test("it rises at once, and falls a level a second, once it is some way below")
    func hysteresis() {
        var monitor = OverloadMonitor()
        expect(monitor.take(Self.memory(0.98), Self.thresholds, now: 0), is: true)
        #expect(monitor.level == .critical)
        // below the threshold, but not by enough
        expect(monitor.take(Self.memory(0.94), Self.thresholds, now: 5 * Self.second), is: false)
        expect(monitor.take(Self.memory(0.1), Self.thresholds, now: 6 * Self.second), is: true)
        #expect(monitor.level == .most)
        expect(monitor.take(Self.memory(0.1), Self.thresholds, now: 6 * Self.second + 900_000_000), is: false)
        expect(monitor.take(Self.memory(0.1), Self.thresholds, now: 7 * Self.second), is: true)
        #expect(monitor.level == .low && monitor.reason == .memory)
        expect(monitor.take(Self.memory(0.1), Self.thresholds, now: 8 * Self.second), is: true)
        #expect(monitor.level == .normal && monitor.reason == nil)
    }

    @Test("use that swings around a threshold does not make the level swing")
    func flutter() {
        var monitor = OverloadMonitor()
        var changes = 0
        for step in 0..<1000 {
            let share = step % 2 == 0 ? 0.86 : 0.83
            if monitor.take(Self.memory(share), Self.thresholds, now: Int64(step) * 100_000_000) { changes += 1 }
        }
        #expect(changes == 1 && monitor.level == .low)
    }

    @Test("loops must be late three times in a row")
    func lag() {
        var monitor = OverloadMonitor()
        func late(_ milliseconds: Int64) -> OverloadMonitor.Readings {
            OverloadMonitor.Readings(lag: milliseconds * 1_000_000)
        }
        for (index, lag) in [60_000, 0, 9000, 9000].enumerated() {
            expect(monitor.take(late(Int64(lag)), Self.thresholds, now: Int64(index)), is: false)
        }
        expect(monitor.take(late(600), Self.thresholds, now: 4), is: true)
        #expect(monitor.level == .low && monitor.reason == .lag)
        for index in 0..<3 { _ = monitor.take(late(2000), Self.thresholds, now: Int64(5 + index)) }
        #expect(monitor.level == .critical)
        var off = Self.thresholds
        off.lag = 0
        var deaf = OverloadMonitor()
        for index in 0..<5 { expect(deaf.take(late(100_000), off, now: Int64(index)), is: false) }
    }

    @Test(
        "descriptors count by how few are left",
        arguments: [
            (256, 200, Level.normal), (256, 244, .normal), (256, 245, .low), (256, 251, .most), (256, 254, .critical),
            (256, 300, .critical), (100_000, 99_000, .normal), (100_000, 99_001, .low), (0, 5000, .normal),
        ])
    func descriptors(_ limit: Int, _ open: Int, _ expected: Level) {
        var monitor = OverloadMonitor()
        _ = monitor.take(
            OverloadMonitor.Readings(descriptors: open, descriptorLimit: limit), Self.thresholds, now: 0)
        #expect(monitor.level == expected)
    }

    @Test("whatever is read, the level is one that a resource asks for, or on its way down from there")
    func invariant() {
        var seed = SplitMix64(seed: 0x0e1)
        for _ in 0..<200 {
            var monitor = OverloadMonitor()
            var now: Int64 = 0
            var changed: Int64 = 0
            for _ in 0..<200 {
                now += Int64(seed.next() % 500_000_000)
                let extreme = seed.next() % 8 == 0
                let readings = OverloadMonitor.Readings(
                    memory: extreme ? Int(bitPattern: UInt(seed.next())) : Int(seed.next() % 1_200_000),
                    memoryLimit: seed.next() % 4 == 0 ? 0 : 1_000_000,
                    descriptors: extreme ? .max : Int(seed.next() % 300), descriptorLimit: 256,
                    lag: extreme ? .max : Int64(seed.next() % 3_000_000_000), connections: extreme ? .max / 200 : 5,
                    connectionLimit: 10)
                let before = monitor.level
                let didChange = monitor.take(readings, Self.thresholds, now: now)
                if monitor.level != before {
                    #expect(didChange)
                    if monitor.level < before {
                        #expect(monitor.level.rawValue == before.rawValue - 1 && now - changed >= OverloadMonitor.hold)
                    }
                    changed = now
                }
                #expect((monitor.level == .normal) == (monitor.reason == nil))
                _ = OverloadMonitor.closesIdle(readings, Self.thresholds, isAcceptHeld: false)
            }
        }
    }

    @Test("half of the descriptors that are not the proxy's own are for clients")
    func clients() {
        #expect(OverloadMonitor.clients(descriptorLimit: 256, own: 40, slack: 16) == 100)
        #expect(OverloadMonitor.clients(descriptorLimit: 16, own: 40, slack: 16) == 4)
        #expect(OverloadMonitor.clients(descriptorLimit: 0, own: 40, slack: 16) == .max)
    }

    @Test("idle connections close where memory, descriptors or connections run out")
    func idle() {
        func closes(_ readings: OverloadMonitor.Readings, held: Bool = false) -> Bool {
            OverloadMonitor.closesIdle(readings, Self.thresholds, isAcceptHeld: held)
        }
        #expect(!closes(Self.memory(0.8)) && closes(Self.memory(0.86)))
        #expect(closes(OverloadMonitor.Readings(), held: true))
        #expect(closes(OverloadMonitor.Readings(connections: 95, connectionLimit: 100)))
        #expect(!closes(OverloadMonitor.Readings(connections: 94, connectionLimit: 100)))
        #expect(closes(OverloadMonitor.Readings(descriptors: 231, descriptorLimit: 256)))
    }

    @Test(
        "the least urgent are turned away first, the most urgent never",
        arguments: [
            ("critical", [false, false, false, false]), ("high", [false, false, false, true]),
            ("normal", [false, false, true, true]), (nil, [false, false, true, true]), ("low", [false, true, true, true]),
            ("background", [false, true, true, true]),
        ] as [(String?, [Bool])])
    func urgency(_ name: String?, _ expected: [Bool]) {
        let priorities = TaskPriorities()
        let level = name.flatMap { priorities.level(named: $0) }
        #expect(Level.allCases.map { Exchange.sheds(level, at: $0, priorities) } == expected)
    }

    @Test("levels of other names are told apart by their numbers, the one in the middle being normal")
    func ownLevels() {
        var settings = TaskPrioritySettings()
        settings.levels = ["now": 0, "soon": 5, "some day": 9]
        let priorities = TaskPriorities(settings)
        func shed(_ name: String, _ at: Level) -> Bool { Exchange.sheds(priorities.level(named: name), at: at, priorities) }
        #expect(!shed("now", .critical) && shed("soon", .critical))
        #expect(shed("some day", .low) && !shed("soon", .low) && shed("soon", .most))
        settings.levels = ["only": 3]
        let one = TaskPriorities(settings)
        #expect(!Exchange.sheds(one.level(named: "only"), at: .critical, one))
    }
}

@Suite("How much memory a control group allows")
struct MemoryLimitTests {
    private func limit(_ files: [String: String]) -> Int? { MemoryLimit.ofGroup { files[$0] } }

    @Test("of version 2 the least of the group and those around it")
    func two() {
        let files = [
            "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "max\n", "/sys/fs/cgroup/a/memory.max": "1000\n",
            "/sys/fs/cgroup/memory.max": "5000\n",
        ]
        #expect(limit(files) == 1000)
    }

    @Test("within a container the group is the root, or has a path that is not there")
    func container() {
        #expect(limit(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "268435456\n"]) == 268_435_456)
        #expect(limit(["/proc/self/cgroup": "0::/../x\n", "/sys/fs/cgroup/memory.max": "7\n"]) == 7)
    }

    @Test("of version 1 the memory controller's, unless it is as good as none")
    func one() {
        let group = "12:cpu,cpuacct:/x\n9:memory:/docker/y\n0::/z\n"
        let file = "/sys/fs/cgroup/memory/docker/y/memory.limit_in_bytes"
        #expect(limit(["/proc/self/cgroup": group, file: "536870912\n"]) == 536_870_912)
        #expect(limit(["/proc/self/cgroup": group, file: "9223372036854771712\n"]) == nil)
    }

    @Test("nothing, or rubbish, is no limit", arguments: ["", "\n", "0", "0::", "::::", "0::/a\n9:memory", "x\u{0}"])
    func none(_ group: String) {
        #expect(limit(["/proc/self/cgroup": group]) == nil)
        #expect(limit(["/proc/self/cgroup": "0::/", "/sys/fs/cgroup/memory.max": group]) == nil)
    }

    @Test("this process has some memory and some descriptors")
    func thisProcess() {
        var readings = ProcessReadings()
        defer { readings.close() }
        let memory = readings.memory()
        #expect(memory.own > 1 << 20)
        #expect(memory.all > memory.own)
        let descriptors = readings.descriptors()
        #expect(descriptors >= 3)
        #expect(ProcessReadings.descriptorLimit() >= 0)
    }

    @Test("sizes are told with one decimal", arguments: [(1_932_735_283, "1.8 GiB"), (2 << 30, "2.0 GiB"), (100 << 20, "100.0 MiB")])
    func sizes(_ bytes: Int, _ text: String) {
        #expect(Overload.size(bytes) == text)
    }
}

@Suite("Whether a crowd has gone")
struct EbbTests {
    private static let second: Int64 = 1_000_000_000

    /// What `take` says at each tenth of a second from `start` on, as the times in tenths when it said yes.
    private func told(_ ebb: inout Ebb, _ counts: [Int], from start: Int = 0) -> [Int] {
        var times: [Int] = []
        for (step, count) in counts.enumerated() where ebb.take(count, now: Int64(start + step) * Self.second / 10) {
            times.append(start + step)
        }
        return times
    }

    @Test("it has once it has stayed away for three seconds, and that is told once")
    func gone() {
        var ebb = Ebb()
        #expect(told(&ebb, [Int](repeating: 2000, count: 20) + [Int](repeating: 10, count: 200)) == [50])
    }

    @Test("who comes back within that time has not gone")
    func back() {
        var ebb = Ebb()
        let wave = [Int](repeating: 2000, count: 20) + [Int](repeating: 10, count: 25)
        #expect(told(&ebb, wave + wave + wave).isEmpty)
    }

    @Test("few, or less than half of many, are no crowd", arguments: [(300, 50), (4000, 2100), (0, 0)])
    func few(_ most: Int, _ left: Int) {
        var ebb = Ebb()
        #expect(told(&ebb, [Int](repeating: most, count: 20) + [Int](repeating: left, count: 200)).isEmpty)
    }

    @Test("after one crowd the next one is told of, no sooner than ten seconds later")
    func again() {
        var ebb = Ebb()
        let crowd = [Int](repeating: 1000, count: 5) + [Int](repeating: 0, count: 35)
        #expect(told(&ebb, crowd + crowd + crowd + crowd + [Int](repeating: 0, count: 100)) == [35, 155])
    }
}

@Suite("What is done for memory")
struct MemoryReliefTests {
    private static let second: Int64 = 1_000_000_000

    @Test("caches shrink every two seconds while memory is short, and may grow when nothing is turned away any more")
    func short() {
        var relief = MemoryRelief()
        var told: [String] = []
        for step in 0..<80 {
            let (isShort, isNormal) = (step < 45, step >= 60)
            if let action = relief.take(
                isShort: isShort, isNormal: isNormal, crowd: 10, bytes: 0, now: Int64(step) * Self.second / 10)
            {
                told.append("\(step) \(action)")
            }
        }
        #expect(told == ["0 shrink", "20 shrink", "40 shrink", "60 restore"])
    }

    @Test("when a crowd has gone, loops let go of what they kept for it, and then memory goes back")
    func gone() {
        var relief = MemoryRelief()
        var told: [String] = []
        for step in 0..<200 {
            if let action = relief.take(
                isShort: false, isNormal: true, crowd: step < 20 ? 2000 : 5, bytes: 0, now: Int64(step) * Self.second / 10)
            {
                told.append("\(step) \(action)")
            }
        }
        #expect(told == ["50 forget", "55 trim"])
    }

    @Test("memory that much of may be free goes back in the same way")
    func swollen() {
        var relief = MemoryRelief()
        var told: [String] = []
        for step in 0..<100 {
            if let action = relief.take(
                isShort: false, isNormal: true, crowd: 5, bytes: step < 10 ? 10 << 20 : 30 << 20,
                now: Int64(step) * Self.second / 10)
            {
                told.append("\(step) \(action)")
            }
        }
        #expect(told == ["60 forget", "65 trim"])
    }
}

@Suite("Whether the process holds more memory than it needs")
struct SwellTests {
    private static let second: Int64 = 1_000_000_000
    private static let start = 10 << 20

    /// The seconds at which it was told, where `bytes` says what is held at each.
    private func told(_ seconds: Int, crowd: Int = 5, _ bytes: (Int) -> Int) -> [Int] {
        var swell = Swell()
        return (0..<seconds).filter { swell.take(bytes($0), crowd: crowd, now: Int64($0) * Self.second) }
    }

    @Test("it is told five seconds after it grew, and each pause is twice as long where nothing comes back")
    func inVain() {
        for crowd in [0, 5] {
            #expect(told(400, crowd: crowd) { $0 < 10 ? Self.start : 3 * Self.start } == [15, 35, 75, 155, 315])
        }
    }

    @Test("where there is less to do than when nothing came back, it is told at once")
    func fewer() {
        var swell = Swell()
        let times = (0..<100).filter { second in
            let bytes = second < 10 ? Self.start : 3 * Self.start
            return swell.take(bytes, crowd: second < 40 ? 48 : 32, now: Int64(second) * Self.second)
        }
        #expect(times == [15, 35, 48])
    }

    @Test("what came back and is taken again is told of again, ten seconds later")
    func again() {
        var held = Self.start
        var swell = Swell()
        var times: [Int] = []
        for second in 0..<100 {
            if second % 20 == 5 { held = 3 * Self.start }
            if swell.take(held, crowd: 5, now: Int64(second) * Self.second) {
                times.append(second)
                held = Self.start
            }
        }
        #expect(times == [10, 30, 50, 70, 90])
    }

    @Test("nothing while it still grows, and where the growth is small")
    func growing() {
        #expect(told(100) { Self.start + $0 * (1 << 20) }.isEmpty)
        #expect(told(100) { $0 < 10 ? Self.start : Self.start + Swell.leastBytes - 1 }.isEmpty)
        #expect(told(100) { $0 < 10 ? 100 << 20 : 124 << 20 }.isEmpty)
        #expect(told(100) { _ in 0 }.isEmpty)
    }
}
