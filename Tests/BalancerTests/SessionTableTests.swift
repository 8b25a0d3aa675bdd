import Balancer
import Testing

@Suite("which agent a session was given to")
struct SessionTableTests {
    private let table = SessionTable()
    private let hour = 3600 * second

    @Test("is remembered as long as it is used, and forgotten after a silence")
    func remembers() {
        table.bind(7, to: 42, now: 0, entries: 1000)
        #expect(table.owner(of: 7, now: hour, ttl: hour, entries: 1000) == 42)
        #expect(table.owner(of: 7, now: 2 * hour, ttl: hour, entries: 1000) == 42)
        #expect(table.owner(of: 7, now: 3 * hour + 1, ttl: hour, entries: 1000) == nil)
        #expect(table.owner(of: 8, now: 0, ttl: hour, entries: 1000) == nil)
    }

    @Test("a new agent takes the place of the old one")
    func rebinds() {
        table.bind(7, to: 42, now: 0, entries: 1000)
        table.bind(7, to: 43, now: 1, entries: 1000)
        #expect(table.owner(of: 7, now: 2, ttl: hour, entries: 1000) == 43)
        #expect(table.count == 1)
    }

    @Test("is bounded: those silent longest go first, those in use stay")
    func bounded() {
        for session in 0..<100_000 as Range<UInt64> {
            table.bind(StableHash.mix(session), to: session, now: Int64(session), entries: 1600)
            #expect(table.owner(of: StableHash.mix(0), now: Int64(session), ttl: .max, entries: 1600) == 0)
        }
        #expect(table.count <= 1600)
        #expect(table.owner(of: StableHash.mix(99_999), now: 100_000, ttl: .max, entries: 1600) == 99_999)
    }
}
