import NIOCore
import NIOHTTP1

/// The handlers between a connection's bytes and its HTTP parts, kept so that an upgrade can take them out again.
///
/// Framing headers are written as the answer has them: the encoder must not mend the malformed and unframed ones.
struct HTTPCodec {
    let encoder: HTTPResponseEncoder
    let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    let pipelining: HTTPServerPipelineHandler

    init() {
        var configuration = HTTPResponseEncoder.Configuration()
        configuration.automaticallySetFramingHeaders = false
        encoder = HTTPResponseEncoder(configuration: configuration)
        decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
        pipelining = HTTPServerPipelineHandler()
    }

    func install(in pipeline: ChannelPipeline.SynchronousOperations) throws {
        try pipeline.addHandler(encoder)
        try pipeline.addHandler(decoder)
        try pipeline.addHandler(pipelining)
    }
}
