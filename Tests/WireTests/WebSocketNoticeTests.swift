import Testing
import Wire

@Suite("what a gateway says on a WebSocket before it goes away")
struct WebSocketNoticeTests {
    private func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x80 | opcode]
        switch payload.count {
        case 0..<126: bytes.append(UInt8(payload.count))
        case 126..<65_536: bytes += [126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default: bytes += [127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        return bytes + payload
    }

    private func text(_ words: String) -> [UInt8] { frame(1, Array(words.utf8)) }

    private func notices(_ bytes: [UInt8], piece: Int) -> [WebSocketNotice.Shutdown] {
        var notice = WebSocketNotice()
        var found: [WebSocketNotice.Shutdown] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            let part = bytes[start..<min(bytes.count, start + piece)]
            if let one = part.withUnsafeBytes({ notice.take($0) }) { found.append(one) }
        }
        return found
    }

    @Test("a shutdown event is heard with its time, in pieces of any size", arguments: [1, 2, 5, 64])
    func found(_ piece: Int) {
        let bytes =
            text(#"{"type":"event","event":"tick"}"#)
            + text(#"{"type":"event","event":"shutdown","payload":{"restartExpectedMs":1500}}"#)
            + frame(2, Array(repeating: 7, count: 70_000)) + text(#"{"event":"shutdown"}"#)
        #expect(notices(bytes, piece: piece) == [.init(restart: 1500), .init(restart: nil)])
    }

    @Test("a shutdown without a time, and one that is only spoken of far inside a long frame")
    func plain() {
        #expect(notices(text(#"{"event":"shutdown"}"#), piece: 9) == [.init(restart: nil)])
        let long = String(repeating: "x", count: 2000) + "\"shutdown\""
        #expect(notices(text(long), piece: 100) == [])
    }

    @Test("binary frames, pings, empty frames and closes, whatever their code, say nothing")
    func nothing() {
        let bytes = frame(2, Array("\"shutdown\"".utf8)) + frame(9, []) + frame(1, []) + frame(10, [1])
            + frame(8, [0x03, 0xf4])
        #expect(notices(bytes, piece: 3) == [])
    }
}
