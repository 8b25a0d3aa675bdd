import NIOCore
import Testing

@testable import Proxy

@Suite("the end of a stream of HTTP/2, as it goes out")
struct HTTP2EndTests {
    private func amended(_ bytes: [UInt8]) -> [UInt8] {
        var frame = ByteBuffer(bytes: [0xff] + bytes)
        frame.moveReaderIndex(forwardBy: 1)
        HTTP2End.amend(&frame)
        return Array(frame.readableBytesView)
    }

    @Test("trailers without fields are an empty DATA frame with END_STREAM")
    func empty() {
        #expect(amended([0, 0, 0, 1, 5, 0, 0, 0, 7]) == [0, 0, 0, 0, 1, 0, 0, 0, 7])
        #expect(amended([0, 0, 0, 1, 5, 0x7f, 0xff, 0xff, 0xff]) == [0, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff])
    }

    @Test(
        "everything else goes as it is",
        arguments: [
            // fields that follow, no END_STREAM, another type, and not one frame alone
            [0, 0, 3, 1, 5, 0, 0, 0, 7], [0, 0, 0, 1, 4, 0, 0, 0, 7], [0, 0, 0, 4, 1, 0, 0, 0, 0],
            [0, 0, 0, 1, 5, 0, 0, 0, 7, 1], [0, 0, 0, 1, 5], [],
        ] as [[UInt8]])
    func others(frame: [UInt8]) { #expect(amended(frame) == frame) }
}
