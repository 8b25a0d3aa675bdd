import Glibc
import Telemetry

/// The thread that empties the queue into the outputs.
final class LogThread {
    /// Milliseconds between two ticks of the outputs: usually, and while one of them is busy.
    private static let tick = 1000
    private static let busyTick = 20
    /// How long unsent bytes may still travel when the thread ends.
    private static let farewell: Int64 = 1_000_000_000
    /// Between two lines about lines that were lost: while an output is too slow, that goes on and on.
    private static let quiet: Int64 = 10_000_000_000

    /// An output, and what has been said about it.
    private struct Place {
        /// The entry it was made from; none for the standard error of an empty list.
        let settings: OutputSettings?
        let output: any LogOutput
        /// Lost lines that the metric has, and that a line has told.
        var counted = 0
        var told = 0
        var nextReport = Int64.min
    }

    private let queue: LogQueue
    private let countLost: @Sendable (Int) -> Void
    private var settings: LogSettings
    private var places: [Place] = []
    /// Lines that found the queue full, not told yet.
    private var dropped = 0
    private var nextReport = Int64.min
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
            let isBusy = places.contains { $0.output.isBusy }
            queue.take(&batch, waitingMilliseconds: isBusy ? Self.busyTick : Self.tick)
            let now = LogClock.now()
            distribute(batch.lines.bytes, batch.runs, now)
            for place in places { place.output.tick(now: now) }
            countLost(batch.dropped)
            dropped += batch.dropped
            report(now)
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
            for place in places { place.output.write(lines, level: run.level, now: now) }
            start += run.bytes
        }
    }

    /// Tells changes of an output's state on standard error at once, and lost lines in one line to every output: when
    /// the output works again, and not too often. At the end all that is left is told.
    private func report(_ now: LogClock, isEnd: Bool = false) {
        for index in places.indices {
            let output = places[index].output
            for notice in output.outage.takeNotices() { tell(.warning, notice) }
            let lost = output.outage.lost
            countLost(lost - places[index].counted)
            places[index].counted = lost
            let isDue = isEnd || (!output.outage.isDown && now.monotonic >= places[index].nextReport)
            guard isDue && lost > places[index].told else { continue }
            places[index].nextReport = now.monotonic + Self.quiet
            warn("log lines lost: the output did not take them", lost - places[index].told, output.outage.name, now)
            // Should this very line be lost there, it is not worth another.
            places[index].told = output.outage.lost
        }
        guard dropped > 0 && (isEnd || now.monotonic >= nextReport) else { return }
        nextReport = now.monotonic + Self.quiet
        warn("log lines lost: the queue was full", dropped, "all", now)
        dropped = 0
    }

    private func warn(_ message: String, _ lines: Int, _ output: String, _ now: LogClock) {
        scratch.removeAll()
        line.append(
            unixMilliseconds: now.unixMilliseconds, level: .warning, message: message,
            facts: [("lines", String(lines)), ("output", output)], format: settings.format, to: &scratch)
        for place in places { place.output.write(scratch.bytes, level: .warning, now: now) }
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
                for place in places { place.output.reopen() }
            case .stop:
                return true
            }
        }
        return false
    }

    /// Makes the outputs of the settings; one whose settings are unchanged is kept with its file or connection.
    private func makeOutputs() {
        let wanted: [OutputSettings?] = settings.outputs.isEmpty ? [nil] : settings.outputs
        var before = places
        places = wanted.compactMap { wish in
            if let index = before.firstIndex(where: { $0.settings == wish }) { return before.remove(at: index) }
            return LogOutputs.make(wish).map { Place(settings: wish, output: $0) }
        }
        for place in before {
            place.output.close()
            countLost(place.output.outage.lost - place.counted)
        }
    }

    private func end(_ number: Int) {
        let deadline = LogClock.now().monotonic + Self.farewell
        // What is being compressed waits for the next start; only bytes on their way are worth a moment.
        while places.contains(where: { $0.output.hasUnsent && !$0.output.outage.isDown }) {
            let now = LogClock.now()
            guard now.monotonic < deadline else { break }
            for place in places { place.output.tick(now: now) }
            usleep(UInt32(Self.busyTick) * 1000)
        }
        // Unsent messages count as lost once closed; the line about them is for the outputs that can be written still.
        for place in places where place.output.hasUnsent { place.output.close() }
        report(LogClock.now(), isEnd: true)
        for place in places { place.output.close() }
        queue.done(number, isEnd: true)
    }
}
