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
            return answerStarted ? abort() : exchange.requestBroke(.slowBody)
        }
        loop.wheel.set(self, next)
    }

    /// The client does not take its answer: closed when nothing of it has moved for `timeouts.write`.
    func writeDeadline(_ now: Int64) {
        guard context?.channel.isWritable == false else { return }
        _ = awaitsTaking(now, lookingEvery: .max)
    }

    /// The end of an answer is still on its way to a client that is slow: it is looked at again, or closed where
    /// nothing has moved for `timeouts.write`. False: nothing is on its way.
    func awaitsTaking(_ now: Int64, lookingEvery step: Int64 = ClientConnection.lingerNanoseconds) -> Bool {
        guard let end = unsent.look(context, patience: loop.runtime.timeouts.write, now: now) else { return false }
        if end <= now {
            close()
        } else {
            loop.wheel.set(self, step == .max ? end : min(end, now + step))
        }
        return true
    }
}
