internal import NIOCore

/// Clients that are slow: with their bodies, or in taking answers.
extension ClientConnection {
    /// Silence of `timeouts.read`, or less than `limits.minRate` on average after ten seconds.
    func bodyDeadline(_ now: Int64) {
        guard let exchange else { return close() }
        if context?.channel.isWritable == false { return writeDeadline(now) }
        if !wantsRead || exchange.mayPause(answerStarted, since: progressed) {
            // the agent is slow, not the client; or they talk, each when it has something to say
            phaseStarted = now
            if !wantsRead { progressed = now }
            loop.wheel.set(self, now + bodySilence)
            return
        }
        guard
            let next = loop.runtime.bodyPace.next(
                began: phaseStarted, progressed: progressed, bytes: exchange.bytesIn, now: now)
        else {
            keepsAlive = false
            phase = .answering
            return answerStarted ? abort() : exchange.requestBroke(exchange.slowBody)
        }
        loop.wheel.set(self, next)
    }

    /// The client does not take its answer: closed when nothing of it has moved for `timeouts.write`.
    func writeDeadline(_ now: Int64) {
        guard context?.channel.isWritable == false else { return }
        _ = awaitsTaking(now)
    }

    /// Between requests: it is idle from the end of its last answer on, though that was on its way for longer.
    func idleDeadline(_ now: Int64) {
        let idleEnd = idleSince + loop.runtime.timeouts.idle
        switch look(now) {
        case .waiting(let end) where end > now: loop.wheel.set(self, min(end, now + Self.lingerNanoseconds))
        case .taken(isNew: true): loop.wheel.set(self, max(idleEnd, now + Self.lingerNanoseconds))
        case .waiting, .taken: close()
        }
    }

    /// A head that is not whole has its time, whatever the client has still to take of what it asked before.
    func awaitsHead(_ now: Int64) -> Bool {
        let end = phaseStarted + loop.runtime.timeouts.header
        if end > now { loop.wheel.set(self, end) }
        return end > now
    }

    /// One that is still open has been silent for too long.
    func tunnelDeadline(_ now: Int64) {
        guard outputEnded else { return close() }
        if inputEnded || tunnelStream == nil { return closeTunnel() }
        if !awaitsTaking(now) { close() }
    }
}
