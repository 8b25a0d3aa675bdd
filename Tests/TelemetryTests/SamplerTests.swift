import Settings
import Telemetry
import Testing

@Suite("Of lines that repeat within a second, the first ones and then every n-th are written")
struct SamplerTests {
    private func settings(_ initial: Int, _ thereafter: Int) -> SamplingSettings {
        var settings = SamplingSettings()
        settings.enabled = true
        settings.initial = initial
        settings.thereafter = thereafter
        return settings
    }

    private func admitted(_ sampler: inout Sampler, _ count: Int, key: UInt64 = 7, second: Int64 = 0) -> Int {
        (0..<count).count { _ in sampler.admits(key: key, second: second) }
    }

    @Test(
        "numbers for one key in one second",
        arguments: [
            (100, 1000, 100, 100), (100, 1000, 1099, 100), (100, 1000, 1100, 101), (100, 1000, 5100, 105),
            (0, 10, 100, 10), (5, 0, 100, 5), (0, 0, 100, 0), (1, 1, 100, 100),
        ])
    func numbers(initial: Int, thereafter: Int, lines: Int, written: Int) {
        var sampler = Sampler(settings(initial, thereafter))
        #expect(admitted(&sampler, lines) == written)
    }

    @Test("each key and each second is counted anew")
    func anew() {
        var sampler = Sampler(settings(2, 0))
        #expect(admitted(&sampler, 10, key: 1) == 2)
        #expect(admitted(&sampler, 10, key: 2) == 2)
        #expect(admitted(&sampler, 10, key: 1, second: 1) == 2)
        #expect(admitted(&sampler, 10, key: 1, second: 1) == 0)
    }

    @Test("switched off, every line is written")
    func off() {
        var sampler = Sampler(SamplingSettings())
        #expect(admitted(&sampler, 10_000) == 10_000)
    }

    @Test("several samplers share the first lines, at least one each")
    func shares() {
        var sampler = Sampler(settings(100, 0), shares: 4)
        #expect(admitted(&sampler, 1000) == 25)
        var small = Sampler(settings(1, 0), shares: 4)
        #expect(admitted(&small, 1000) == 1)
    }

    @Test("a flood of one status hides no other")
    func keys() {
        #expect(Sampler.key(route: 3, status: 200) != Sampler.key(route: 3, status: 503))
        #expect(Sampler.key(route: 3, status: 200) != Sampler.key(route: 4, status: 200))
        #expect(Sampler.key(route: 3, status: 200) == Sampler.key(route: 3, status: 204))
        #expect(Sampler.key(level: .info, message: "a") != Sampler.key(level: .error, message: "a"))
        #expect(Sampler.key(level: .info, message: "a") != Sampler.key(level: .info, message: "b"))
    }
}
