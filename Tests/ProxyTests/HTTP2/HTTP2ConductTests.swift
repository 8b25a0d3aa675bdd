import Testing

@testable import Proxy

@Suite("What a client of HTTP/2 may do")
struct HTTP2ConductTests {
    private static let second: Int64 = 1_000_000_000

    @Test("Requests taken back before their answer are counted by themselves, within 30 seconds")
    func rapidResets() {
        var conduct = HTTP2Conduct(.init())
        for _ in 0..<50 { #expect(conduct.reset(beforeAnswer: true, 0) == nil) }
        #expect(conduct.reset(beforeAnswer: true, 29 * Self.second) == .rapidResets)

        var patient = HTTP2Conduct(.init())
        for number in 0..<1000 { #expect(patient.reset(beforeAnswer: true, Int64(number) * Self.second) == nil) }
    }

    @Test("Requests taken back while their answer comes have a larger number")
    func resets() {
        var conduct = HTTP2Conduct(.init())
        for _ in 0..<200 { #expect(conduct.reset(beforeAnswer: false, 0) == nil) }
        #expect(conduct.reset(beforeAnswer: false, 0) == .resets)
    }

    @Test("Malformed requests and empty frames have limits of their own")
    func others() {
        var limits = HTTP2Conduct.Limits()
        limits.malformed = 2
        limits.emptyFrames = 1
        var conduct = HTTP2Conduct(limits)
        #expect(conduct.malformed(0) == nil)
        #expect(conduct.malformed(0) == nil)
        #expect(conduct.malformed(0) == .malformed)
        #expect(conduct.emptyFrame(0) == nil)
        #expect(conduct.emptyFrame(31 * Self.second) == nil)
        #expect(conduct.emptyFrame(32 * Self.second) == .emptyFrames)
    }

    @Test("Control frames are free again after ten seconds, and one ping for each frame of an answer")
    func control() {
        var conduct = HTTP2Conduct(.init())
        for _ in 0..<1000 { #expect(conduct.control(0) == nil) }
        #expect(conduct.control(11 * Self.second) == nil)
        for _ in 0..<999 { #expect(conduct.control(12 * Self.second) == nil) }
        conduct.sent()
        #expect(conduct.ping(12 * Self.second) == nil)
        #expect(conduct.ping(12 * Self.second) == .controlFrames)
        conduct.sent()
        #expect(conduct.control(12 * Self.second) == .controlFrames)
    }

    @Test("A window may be opened ten times for each frame that was sent, by more than a few bytes")
    func windows() {
        var conduct = HTTP2Conduct(.init())
        for _ in 0..<1000 { #expect(conduct.windowUpdate(by: 65_535, 0) == nil) }
        conduct.sent()
        for _ in 0..<10 { #expect(conduct.windowUpdate(by: 65_535, 0) == nil) }
        #expect(conduct.windowUpdate(by: 65_535, 0) == .windowUpdates)

        var small = HTTP2Conduct(.init())
        for _ in 0..<1000 { #expect(small.windowUpdate(by: 1, 0) == nil) }
        #expect(small.windowUpdate(by: 1, 0) == .windowUpdates)
    }

    @Test("Short messages earn what an honest client says of each: two small steps of windows and a ping")
    func shortMessages() {
        var conduct = HTTP2Conduct(.init())
        for _ in 0..<5000 {
            conduct.sent()
            #expect(conduct.windowUpdate(by: 6, 0) == nil)
            #expect(conduct.windowUpdate(by: 6, 0) == nil)
            #expect(conduct.ping(0) == nil)
        }
    }
}
