internal import NIOCore

extension EventLoop {
    /// A buffer for bytes that must wait.
    func newBuffer(capacity: Int) -> ByteBuffer { ByteBufferAllocator().buffer(capacity: capacity) }
}
