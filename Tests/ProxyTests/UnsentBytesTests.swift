@testable import Proxy
import Testing

@Suite("What a peer has still to take")
struct UnsentBytesTests {
    private static let patience: Int64 = 10

    @Test("has its time from when it last became less or more")
    func moves() {
        var unsent = UnsentBytes()
        unsent.begin(100, now: 0)
        #expect(unsent.look(100, patience: Self.patience, now: 4) == .waiting(until: 10))
        #expect(unsent.look(60, patience: Self.patience, now: 9) == .waiting(until: 19))
        #expect(unsent.look(90, patience: Self.patience, now: 12) == .waiting(until: 22))
        #expect(unsent.look(90, patience: Self.patience, now: 25) == .waiting(until: 22))
    }

    @Test("is told to be taken anew once")
    func taken() {
        var unsent = UnsentBytes()
        unsent.begin(100, now: 0)
        #expect(unsent.look(0, patience: Self.patience, now: 4) == .taken(isNew: true))
        #expect(unsent.look(0, patience: Self.patience, now: 5) == .taken(isNew: false))
    }

    @Test("waits from the first look at it where nobody said when it began")
    func unannounced() {
        var unsent = UnsentBytes()
        #expect(unsent.look(5, patience: Self.patience, now: 50) == .waiting(until: 60))
        #expect(unsent.look(0, patience: Self.patience, now: 55) == .taken(isNew: true))
        #expect(unsent.look(5, patience: Self.patience, now: 70) == .waiting(until: 80))
    }
}
