internal import NIOCore

/// Clients that are slow: with their bodies, or in taking answers.
extension ClientConnection {
    /// Silence of `timeouts.read`, or less than `limits.minRate` on average after ten seconds.
    func bodyDeadline(_ now: Int64) {
        guard let exchange else { return close() }
        if context?.channel.isWritable == false { return writeDeadline(now) }
        if !wantsRead {
            // the agent is slow, not the client
            phaseStarted = now
            progressed = now
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

    /// The client does not take its answer: closed when nothing has moved since the last look.
    func writeDeadline(_ now: Int64) {
        guard let context, !context.channel.isWritable else { return }
        let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if stalledBytes == waiting {
            close()
            return
        }
        stalledBytes = waiting
        loop.wheel.set(self, now + loop.runtime.timeouts.write)
    }
}
