import Glibc
package import Telemetry

/// Lines on their way to the log thread: filled by any thread, emptied by that one, bounded.
///
/// Everything but the lock is guarded by the lock. A writer copies its bytes in and goes on; it never waits for an
/// output.
package final class LogQueue: @unchecked Sendable {
    /// A run of lines of one level within the bytes.
    package struct Run {
        package var level: LogLevel
        package var bytes: Int
    }

    /// What a change of the outside asks of the log thread.
    package enum Order {
        case configure(LogSettings)
        case reopen
        case stop
    }

    /// What the log thread takes at once. Its memory goes back and forth between the two sides.
    package struct Batch: ~Copyable {
        package var lines = LineBuffer(capacity: 64 * 1024)
        package var runs: [Run] = []
        package var orders: [Order] = []
        /// Lines that found the queue full.
        package var dropped = 0
        /// The number of this batch, to be told by `done`.
        package var number = 0

        package init() {}
    }

    /// Bytes that wait at most; what comes on top is dropped and counted.
    private let capacity: Int
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let filled: UnsafeMutablePointer<pthread_cond_t>
    private let emptied: UnsafeMutablePointer<pthread_cond_t>

    private var lines = LineBuffer(capacity: 64 * 1024)
    private var runs: [Run] = []
    private var orders: [Order] = []
    private var dropped = 0
    private var taken = 0
    private var finished = 0
    private var isEnded = false

    package init(capacity: Int) {
        self.capacity = capacity
        lock = .allocate(capacity: 1)
        filled = .allocate(capacity: 1)
        emptied = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        // Waits are against the monotonic clock: a set clock must not stall them.
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(filled, &attributes)
        pthread_cond_init(emptied, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(emptied)
        pthread_cond_destroy(filled)
        pthread_mutex_destroy(lock)
        emptied.deallocate()
        filled.deallocate()
        lock.deallocate()
    }

    /// Copies whole lines in; false when there is no room, and they are counted.
    package func add(_ bytes: UnsafeRawBufferPointer, level: LogLevel) -> Bool {
        guard bytes.count > 0 else { return true }
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        guard !isEnded, lines.count + bytes.count <= capacity else {
            dropped += lineCount(bytes)
            return false
        }
        let isFirst = lines.isEmpty
        lines.append(bytes)
        if let last = runs.indices.last, runs[last].level == level {
            runs[last].bytes += bytes.count
        } else {
            runs.append(Run(level: level, bytes: bytes.count))
        }
        if isFirst { pthread_cond_signal(filled) }
        return true
    }

    package func order(_ order: Order) {
        pthread_mutex_lock(lock)
        orders.append(order)
        pthread_cond_signal(filled)
        pthread_mutex_unlock(lock)
    }

    /// Swaps what waits for the empty memory of `batch`, after waiting for it at most so long.
    package func take(_ batch: inout Batch, waitingMilliseconds wait: Int) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if lines.isEmpty && orders.isEmpty && dropped == 0 && wait > 0 {
            var deadline = Self.deadline(afterMilliseconds: wait)
            pthread_cond_timedwait(filled, lock, &deadline)
        }
        swap(&batch.lines, &lines)
        swap(&batch.runs, &runs)
        swap(&batch.orders, &orders)
        swap(&batch.dropped, &dropped)
        taken += 1
        batch.number = taken
    }

    /// The log thread has handed the batch to its outputs.
    package func done(_ number: Int, isEnd: Bool = false) {
        pthread_mutex_lock(lock)
        finished = number
        isEnded = isEnd
        pthread_cond_broadcast(emptied)
        pthread_mutex_unlock(lock)
    }

    /// Waits until everything added before has been handed to the outputs; false when that took too long.
    package func flush(withinMilliseconds wait: Int) -> Bool {
        var deadline = Self.deadline(afterMilliseconds: wait)
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        // What waits now is in the next batch that will be taken; what does not is in the last one that was.
        let wanted = lines.isEmpty && orders.isEmpty && dropped == 0 ? taken : taken + 1
        while finished < wanted && !isEnded {
            if pthread_cond_timedwait(emptied, lock, &deadline) == ETIMEDOUT { return false }
        }
        return true
    }

    /// Waits for the end of the log thread; false when that took too long.
    func waitForEnd(withinMilliseconds wait: Int) -> Bool {
        var deadline = Self.deadline(afterMilliseconds: wait)
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while !isEnded {
            if pthread_cond_timedwait(emptied, lock, &deadline) == ETIMEDOUT { return false }
        }
        return true
    }

    private static func deadline(afterMilliseconds wait: Int) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let nanoseconds = time.tv_nsec + (wait % 1000) * 1_000_000
        time.tv_sec += wait / 1000 + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        return time
    }
}
