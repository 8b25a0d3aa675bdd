internal import Access
internal import Balancer
internal import Cache
internal import NIOCore
internal import Wire

/// An unsafe method has succeeded: what is kept of the addresses that it concerns serves no longer (RFC 9111 4.4), here and
/// on all replicas, before the client hears of the success.
extension Exchange {
    /// True: the answer waits until replicas have been told.
    func invalidates() -> Bool {
        switch head.method {
        case .get, .options: return false
        case .head:
            compareHead()
            return false
        default: break
        }
        guard let plan, plan.caching != nil, status < 400 else { return false }
        // a question to a model changes nothing
        if head.method == .post, isForModels(plan) { return false }
        let targets = Invalidation.targets(head, answer)
        guard !targets.isEmpty else { return false }
        dropOwn(plan)
        let (serial, home) = (serial, loop)
        let held = NIOLoopBound(self, eventLoop: home.eventLoop)
        let isTold = home.process.caches.invalidate(targets, head, on: home) {
            home.eventLoop.execute {
                home.touch()
                if held.value.serial == serial { held.value.replicasTold() }
            }
        }
        guard !isTold else { return false }
        waiting = WaitingAnswer()
        stream?.wantAnswer(false)
        return true
    }

    /// An answer to HEAD that passes by is of another content than what is kept: that is no longer true (RFC 9111 4.3.5).
    private func compareHead() {
        guard status == 200, let plan, let caching = plan.caching else { return }
        let target = plan.isSplit ? self.target?.pool.pool.name : nil
        caching.writeKey(
            &loop.cacheKey, head, of: client, target: target, tenant: credential?.tenant, identity: credential?.lines)
        guard let (resource, _) = find(in: caching.layers, loop.wallMilliseconds),
            let kept = resource.selecting(head),
            !Validation.agrees(kept.facts, length: kept.body.readableBytes, with: answer)
        else { return }
        let key = loop.cacheKey.key
        let name = caching.name(of: key, tenant: credential?.tenant, secret: loop.process.secret)
        loop.process.caches.drop(key, name, on: loop)
    }

    /// What this rule keeps of the address for this tenant: from files too, which no later start is to find.
    private func dropOwn(_ plan: Plan) {
        guard let caching = plan.caching, !caching.layers.distants.isEmpty else { return }
        let target = plan.isSplit ? self.target?.pool.pool.name : nil
        caching.writeKey(
            &loop.cacheKey, head, of: client, target: target, tenant: credential?.tenant, identity: credential?.lines)
        let key = loop.cacheKey.key
        let name = caching.name(of: key, tenant: credential?.tenant, secret: loop.process.secret)
        loop.process.caches.drop(key, name, on: loop)
    }

    /// Body bytes while replicas are told: as many as had come with the head.
    func keepWaiting(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        if var slice = buffer.getSlice(at: start, length: end &- start) { waiting?.body.writeBuffer(&slice) }
    }

    private func replicasTold() {
        guard let answer = waiting, phase == .answering else { return }
        waiting = nil
        downstream?.sendHead(of: self)
        let body = answer.body
        if body.readableBytes > 0 {
            bytesOut &+= body.readableBytes
            downstream?.sendBody(body, body.readerIndex, body.writerIndex)
        }
        guard answer.isEnded else {
            downstream?.flush()
            stream?.wantAnswer(downstream?.takesAnswer != false)
            return
        }
        downstream?.endAnswer(trailers: answer.trailers)
        downstream?.flush()
        account()
    }
}

/// What has come of an answer that waits until replicas have been told what it changes.
final class WaitingAnswer {
    var body = ByteBuffer()
    var trailers: HeadLines?
    var isEnded = false
}
