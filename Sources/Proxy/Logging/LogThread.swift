import Glibc
import Telemetry

/// The thread that empties the queue into the outputs.
final class LogThread {
    /// Milliseconds between two ticks of the outputs: usually, and while one of them is busy.
    private static let tick = 1000
    private static let busyTick = 20
    /// How long unsent bytes may still travel when the thread ends.
    private static let farewell: Int64 = 1_000_000_000

    private let queue: LogQueue
    private let countLost: @Sendable (Int) -> Void
    private var settings: LogSettings
    private var outputs: [(settings: [OutputSettings], output: any LogOutput)] = []
    private var line = MessageLine()
    private var scratch = LineBuffer(capacity: 512)

    init(queue: LogQueue, settings: LogSettings, countLost: @escaping @Sendable (Int) -> Void) {
        self.queue = queue
        self.settings = settings
        self.countLost = countLost
    }

    /// Runs detached: the thread owns this object until it ends.
    func start() {
        var thread = pthread_t()
        let me = Unmanaged.passRetained(self)
        // Signals are for the main thread. The mask is inherited by the thread that is made here.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<LogThread>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, me.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        if result == 0 {
            pthread_detach(thread)
        } else {
            me.release()
            tell(.error, "logging: no thread: \(systemReason(result)): nothing is logged; raise the limit of threads")
            queue.done(0, isEnd: true)
        }
    }

    private func run() {
        var batch = LogQueue.Batch()
        makeOutputs()
        while true {
            let isBusy = outputs.contains { $0.output.isBusy }
            queue.take(&batch, waitingMilliseconds: isBusy ? Self.busyTick : Self.tick)
            let now = LogClock.now()
            distribute(batch.lines.bytes, batch.runs, now)
            for (_, output) in outputs { output.tick(now: now) }
            report(dropped: batch.dropped, now)
            let isStopping = perform(batch.orders)
            batch.lines.removeAll()
            batch.runs.removeAll(keepingCapacity: true)
            batch.orders = []
            batch.dropped = 0
            if isStopping {
                end(batch.number)
                return
            }
            queue.done(batch.number)
        }
    }

    private func distribute(_ bytes: UnsafeRawBufferPointer, _ runs: [LogQueue.Run], _ now: LogClock) {
        var start = 0
        for run in runs {
            let lines = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + run.bytes)])
            for (_, output) in outputs { output.write(lines, level: run.level, now: now) }
            start += run.bytes
        }
    }

    /// Tells changes of an output's state on standard error, and lost lines in one line to every output.
    private func report(dropped: Int, _ now: LogClock) {
        for index in outputs.indices {
            for notice in outputs[index].output.outage.takeNotices() { tell(.warning, notice) }
            let name = outputs[index].output.outage.name
            let lost = outputs[index].output.outage.takeLost()
            if lost > 0 { warn("log lines lost: the output did not take them", lost, name, now) }
        }
        if dropped > 0 { warn("log lines lost: the queue was full", dropped, "all", now) }
    }

    private func warn(_ message: String, _ lines: Int, _ output: String, _ now: LogClock) {
        countLost(lines)
        scratch.removeAll()
        line.append(
            unixMilliseconds: now.unixMilliseconds, level: .warning, message: message,
            facts: [("lines", String(lines)), ("output", output)], format: settings.format, to: &scratch)
        for (_, output) in outputs { output.write(scratch.bytes, level: .warning, now: now) }
    }

    private func tell(_ level: LogLevel, _ message: String) {
        scratch.removeAll()
        line.append(
            unixMilliseconds: LogClock.now().unixMilliseconds, level: level, message: message, facts: [],
            format: settings.format, to: &scratch)
        _ = DescriptorWrite.all(scratch.bytes, to: STDERR_FILENO)
    }

    /// True when the thread is to end.
    private func perform(_ orders: [LogQueue.Order]) -> Bool {
        for order in orders {
            switch order {
            case .configure(let settings):
                self.settings = settings
                makeOutputs()
            case .reopen:
                for (_, output) in outputs { output.reopen() }
            case .stop:
                return true
            }
        }
        return false
    }

    /// Makes the outputs of the settings; one whose settings are unchanged is kept with its file or connection.
    private func makeOutputs() {
        let wanted = settings.outputs.isEmpty ? [[]] : settings.outputs.map { [$0] }
        var before = outputs
        outputs = wanted.compactMap { wish in
            if let index = before.firstIndex(where: { $0.settings == wish }) { return before.remove(at: index) }
            return LogOutputs.make(wish.first).map { (wish, $0) }
        }
        for (_, output) in before { output.close() }
    }

    private func end(_ number: Int) {
        let deadline = LogClock.now().monotonic + Self.farewell
        // What is being compressed waits for the next start; only unsent bytes are worth a moment.
        while outputs.contains(where: { $0.output.hasUnsent }) {
            let now = LogClock.now()
            guard now.monotonic < deadline else { break }
            for (_, output) in outputs { output.tick(now: now) }
            usleep(UInt32(Self.busyTick) * 1000)
        }
        for (_, output) in outputs { output.close() }
        report(dropped: 0, LogClock.now())
        queue.done(number, isEnd: true)
    }
}
