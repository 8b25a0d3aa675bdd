import NIOCore
import Testing

@testable import Proxy

@Suite("buffers of a loop")
struct SpareBuffersTests {
    @Test("where all that are kept wait in queues, further ones are small; else they are large, and used again")
    func lean() {
        let spares = SpareBuffers(size: 256 * 1024, kept: 2)
        var queued: [ByteBuffer] = []
        for _ in 0..<3 {
            let buffer = spares.take()
            #expect(buffer.storageCapacity == 256 * 1024)
            queued.append(buffer)
            spares.giveBack(buffer)
        }
        let small = spares.take()
        #expect(small.storageCapacity == SpareBuffers.leanSize)
        spares.giveBack(small)
        queued = []
        #expect(spares.take().storageCapacity == 256 * 1024)
    }
}
