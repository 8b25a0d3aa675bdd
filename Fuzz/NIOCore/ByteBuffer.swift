/// What the parsers that are fuzzed use of NIOCore: NIO itself need not be built with coverage for them.
public struct ByteBuffer: Sendable, Equatable {
    fileprivate var bytes: [UInt8]

    public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
}

extension String {
    public init(buffer: ByteBuffer) { self.init(decoding: buffer.bytes, as: UTF8.self) }
}
