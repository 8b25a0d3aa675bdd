import Glibc
import Synchronization
package import Telemetry

/// Takes lines from event loops and loggers, and writes them to the configured outputs on a thread of its own.
///
/// Nothing that an output does (a full disk, a dead server, a stalled terminal) holds up a writer: the queue between
/// them is bounded, and what finds no room is dropped, counted, and told in one line once there is room again.
package final class LogSink: Sendable {
    /// Bytes that may wait for the log thread.
    package static let queueCapacity = 64 << 20

    private let queue: LogQueue
    private let levelRank: Atomic<Int>
    private let formatIsJSON: Atomic<Bool>
    private let dropped: Atomic<Int>
    private let sampler: Mutex<Sampler>

    /// Starts the log thread.
    package convenience init(_ settings: LogSettings) {
        self.init(settings, queueCapacity: Self.queueCapacity)
    }

    package init(_ settings: LogSettings, queueCapacity: Int) {
        queue = LogQueue(capacity: queueCapacity)
        levelRank = Atomic(settings.level.rank)
        formatIsJSON = Atomic(settings.format == .json)
        dropped = Atomic(0)
        sampler = Mutex(Sampler(settings.sampling))
        let thread = LogThread(queue: queue, settings: settings) { [weak self] lines in
            _ = self?.dropped.add(lines, ordering: .relaxed)
        }
        thread.start()
    }

    deinit { queue.order(.stop) }

    /// Messages below it are left out. Changes at once, for every logger that has no level of its own.
    package var level: LogLevel {
        get { LogLevel(rank: levelRank.load(ordering: .relaxed)) }
        set { levelRank.store(newValue.rank, ordering: .relaxed) }
    }

    package var format: LogFormat { formatIsJSON.load(ordering: .relaxed) ? .json : .text }

    /// Lines that were lost since the start: for want of room, or because an output did not work.
    package var droppedLines: Int { dropped.load(ordering: .relaxed) }

    /// Copies whole lines, all of one level, into the queue. From any thread; returns at once.
    package func write(_ lines: UnsafeRawBufferPointer, level: LogLevel = .info) {
        _ = queue.add(lines, level: level)
    }

    package func write(_ lines: [UInt8], level: LogLevel = .info) {
        lines.withUnsafeBytes { write($0, level: level) }
    }

    /// Whether sampling lets a message through now.
    package func admits(level: LogLevel, message: String, second: Int64) -> Bool {
        sampler.withLock { $0.admits(key: Sampler.key(level: level, message: message), second: second) }
    }

    /// Goes over to other settings; outputs that are the same as before go on undisturbed.
    package func configure(_ settings: LogSettings) {
        level = settings.level
        formatIsJSON.store(settings.format == .json, ordering: .relaxed)
        sampler.withLock { $0 = Sampler(settings.sampling) }
        queue.order(.configure(settings))
    }

    /// Opens files and connections anew, as after `SIGHUP`.
    package func reopen() {
        queue.order(.reopen)
    }

    /// Waits until what was written before has reached the outputs; false when that took longer.
    @discardableResult
    package func flush(within wait: Duration = .seconds(2)) -> Bool {
        queue.flush(withinMilliseconds: wait.wholeMilliseconds)
    }

    /// Writes what waits and ends the thread; false when that took longer. What is written later is dropped.
    @discardableResult
    package func stop(within wait: Duration = .seconds(2)) -> Bool {
        queue.order(.stop)
        return queue.waitForEnd(withinMilliseconds: wait.wholeMilliseconds)
    }
}

extension LogLevel {
    fileprivate init(rank: Int) {
        self = LogLevel.allCases.first { $0.rank == rank } ?? .info
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int {
        Int(min(max(components.seconds, 0), 86_400)) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
