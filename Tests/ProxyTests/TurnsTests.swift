import NIOEmbedded
import Testing

@testable import Proxy

@Suite("Who waits takes turns, one piece at a time")
struct TurnsTests {
    private final class Desk {
        let eventLoop = EmbeddedEventLoop()
        var now: Int64 = 1_000_000_000
        var done: [String] = []
        lazy var turns = Turns(eventLoop, share: 1000) { [unowned self] in now }
    }

    private final class Member: TakesTurns {
        let desk: Desk
        let name: String
        var pieces: Int
        let cost: Int64

        init(_ desk: Desk, _ name: String, pieces: Int, cost: Int64) {
            self.desk = desk
            self.name = name
            self.pieces = pieces
            self.cost = cost
        }

        func takeTurn() -> Bool {
            desk.done.append(name)
            desk.now += cost
            pieces -= 1
            return pieces > 0
        }
    }

    @Test func `Who has much waits behind who has little`() {
        let desk = Desk()
        #expect(desk.turns.take { desk.now += 1000 })
        #expect(!desk.turns.take { desk.done.append("never") })
        desk.turns.add(Member(desk, "many", pieces: 3, cost: 1000))
        desk.turns.add(Member(desk, "one", pieces: 1, cost: 1000))
        desk.eventLoop.run()
        #expect(desk.done == ["many"])
        for _ in 0..<5 { desk.eventLoop.advanceTime(by: Turns.pause) }
        #expect(desk.done == ["many", "one", "many", "many"])
        desk.now += 1000
        #expect(desk.turns.take {})
    }

    @Test func `A turn of the loop has its share and no more`() {
        let desk = Desk()
        #expect(desk.turns.take { desk.now += 1000 })
        desk.turns.add(Member(desk, "a", pieces: 10, cost: 400))
        desk.eventLoop.run()
        #expect(desk.done.count == 3)
        desk.eventLoop.advanceTime(by: Turns.pause)
        #expect(desk.done.count == 6)
    }

    @Test func `While somebody waits, nobody goes at once`() {
        let desk = Desk()
        #expect(desk.turns.take { desk.now += 1000 })
        desk.turns.add(Member(desk, "a", pieces: 2, cost: 1000))
        desk.now += 2000
        #expect(!desk.turns.take { desk.done.append("never") })
        desk.eventLoop.run()
        #expect(!desk.turns.take { desk.done.append("never") })
        desk.eventLoop.advanceTime(by: Turns.pause)
        #expect(desk.done == ["a", "a"])
    }

    @Test func `Of a long turn of the loop they have a part`() {
        let desk = Desk()
        #expect(desk.turns.take { desk.now += 1000 })
        desk.turns.add(Member(desk, "a", pieces: 100, cost: 400))
        desk.eventLoop.run()
        #expect(desk.done.count == 3)
        desk.now += 20_000
        desk.eventLoop.advanceTime(by: Turns.pause)
        #expect(desk.done.count == 3 + 13)
    }

    @Test func `What was taken leaks away`() {
        let desk = Desk()
        #expect(desk.turns.take { desk.now += 1500 })
        desk.now += 400
        #expect(!desk.turns.take {})
        desk.now += 200
        #expect(desk.turns.take {})
    }
}
