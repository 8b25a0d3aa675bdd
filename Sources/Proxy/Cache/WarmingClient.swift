internal import Cache
internal import NIOCore
internal import Wire

/// A client that asks for one address so that it is kept, and reads nothing: the walk is that of any request.
final class WarmingClient: InnerDownstream {
    let client: Client
    private let address: CacheAddress
    private let loop: Loop
    private let done: (CacheWarming) -> Void
    private var exchange: Exchange?
    /// Nobody else need hold it while it runs.
    private var own: WarmingClient?
    private var status: Int?
    private var told: [UInt8] = []

    init(_ address: CacheAddress, on loop: Loop, _ done: @escaping (CacheWarming) -> Void) {
        self.address = address
        self.loop = loop
        self.done = done
        let isSecure = loop.runtime.generation.settings.http.tls.isOn
        client = Client(nil, .clients, tls: isSecure ? .inside : nil, isTrusted: { _ in false })
    }

    func begin() {
        own = self
        let exchange = loop.newExchange()
        self.exchange = exchange
        let text = "GET \(address.target) HTTP/1.1\r\nHost: \(address.authority)\r\n\r\n"
        let step = Array(text.utf8).withUnsafeBytes { exchange.head.take($0, limits: loop.runtime.wireLimits) }
        switch step {
        case .complete: exchange.begin(self)
        case .more: exchange.refuse(self, Failure(.requestLine))
        case .failed(let failure): exchange.refuse(self, Failure(failure))
        }
    }

    func sendHead(of exchange: Exchange) {
        status = exchange.answer.status
        told = exchange.ownFields()
    }

    func sendHead(_ head: SharedHead, for exchange: Exchange) {
        status = head.status
        told = head.own
    }

    func sendReply(_ reply: Reply, for exchange: Exchange) { status = reply.status }

    func exchangeEnded() {
        guard let ended = exchange else { return }
        exchange = nil
        let word = ended.failure?.rawValue
        loop.recycle(ended)
        let parameters =
            String(decoding: told, as: UTF8.self).split(separator: "\r\n")
            .first { $0.hasPrefix("Cache-Status: ") }?.split(separator: ";").dropFirst()
            .map { $0.filter { $0 != " " } } ?? []
        let isStored = parameters.contains { $0 == "stored" || $0 == "hit" }
        let detail = parameters.first { $0.hasPrefix("detail=") }.map { String($0.dropFirst(7)) }
        done(
            CacheWarming(
                address, status: status, isStored: isStored,
                reason: isStored ? nil : word ?? detail ?? "no cache keeps it"))
        own = nil
    }

    // MARK: what it does not read

    func sendInterim(_ answer: ResponseHead) {}
    func sendBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {}
    func endAnswer(trailers: HeadLines?) {}
    func flush() {}
    func abort() {}
}
