import NIOCore
import Testing

@testable import Proxy

/// Whether the last event of a stream says that all has been told.
struct FillBodyTests {
    @Test(
        "it has said all", arguments: [
            ["data: {}\n\ndata: [DONE]\n\n"],
            ["data: [DONE]"],
            ["data:[DONE]\r\n\r\n"],
            ["data: {}\n\n", "data: [DONE]\n\n"],
            ["data: {}\n\nda", "ta: [DO", "NE]\n", "\n"],
            ["data: [DONE]", "\n", "\n"],
        ])
    func saidAll(pieces: [String]) { #expect(body(pieces).hasSaidAll) }

    @Test(
        "it has not", arguments: [
            [],
            [""],
            ["data: [DONE"],
            ["data: [DONE]\n\ndata: {}\n\n"],
            ["data: \"[DONE]\"\n\n"],
            ["[DONE]\n\n"],
            ["data: [DONE]\n\n", "data: {\"choices\":[]}\n\n"],
            ["data: [DONE] \n\n"],
        ])
    func goesOn(pieces: [String]) { #expect(!body(pieces).hasSaidAll) }

    @Test("what was dropped at the front does not matter")
    func dropped() {
        var body = body(["data: {}\n\n", "data: [DONE]\n\n"])
        body.drop(upTo: 10)
        #expect(body.hasSaidAll)
    }

    private func body(_ pieces: [String]) -> FillBody {
        var body = FillBody()
        for piece in pieces { body.add(ByteBuffer(string: piece)) }
        return body
    }
}
