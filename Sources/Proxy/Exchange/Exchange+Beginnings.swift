internal import NIOCore
internal import Telemetry
internal import Wire

/// Ways into the walk besides `begin`, and what all of them do.
extension Exchange {
    /// The walk of a fill, from the cache on: the client's request has been matched and admitted.
    func beginInside(_ fill: Fill, _ request: RequestHead, _ body: ByteBuffer?, _ plan: Plan, _ conditions: [UInt8]) {
        isInside = true
        downstream = fill
        client = fill.client
        phase = .gathering
        self.plan = plan
        self.conditions = conditions
        _ = head.take(request.bytes, limits: loop.runtime.wireLimits)
        requestEnded = true
        guard let body else { return }
        _ = loop.process.bodyHeld(body.readableBytes)
        held = body
    }

    /// A head that cannot be forwarded: answered, accounted for, and the connection closes.
    func refuse(_ downstream: any Downstream, _ failure: Failure) {
        self.downstream = downstream
        client = downstream.client
        phase = .gathering
        opened()
        identify()
        fail(failure)
    }

    /// The client does not want an answer any more, before anything was done for one.
    func takenBack(_ downstream: any Downstream) {
        self.downstream = downstream
        client = downstream.client
        phase = .gathering
        requestEnded = head.framing == .none
        opened()
        identify()
        clientGone()
    }

    /// Counted as open, here and for its generation, until `account`.
    @inline(__always)
    func opened() {
        let share = loop.runtime.share
        share.open &+= 1
        self.share = share
        loop.counters.add(1, to: .activeExchanges)
        loop.process.exchangeBegan()
        if client?.tls != nil, !loop.runtime.hsts.isEmpty { added = loop.runtime.hsts }
    }
}
