internal import Glibc
internal import Synchronization

/// Looks at files every 100 ms and tells when they have changed. Polling sees what inotify does not: links swapped
/// anywhere in a path, mounts, network file systems, folders that are not there yet.
///
/// An event says that it is worth reading; whether anything is different, the reader finds out. A file that was changed
/// in the ten seconds before the watch began is told of once although nothing happens: it may have changed between its
/// loading and the first look.
package final class FileWatch: Sendable {
    package enum Event: Sendable, Equatable {
        case changed([String])
        case vanished([String])
    }

    private struct State {
        var paths: [String]
        var machine: WatchMachine
        var task: Task<Void, Never>?
    }

    private let state: Mutex<State>

    /// - Parameter tell: called for one event after the other; while it runs nothing is looked at.
    package init(
        _ paths: [String], every period: Duration = .milliseconds(100),
        tell: @escaping @Sendable (Event) async -> Void
    ) {
        let (now, wall) = Self.clocks()
        let machine = WatchMachine(paths.map { FileSignature(path: $0) }, at: now, wall: wall)
        state = Mutex(State(paths: paths, machine: machine))
        let task = Task.detached { [weak self] in
            while true {
                do { try await Task.sleep(for: period) } catch { return }
                guard let self else { return }
                if let event = self.look(), !Task.isCancelled { await tell(event) }
            }
        }
        state.withLock { $0.task = task }
    }

    deinit { stop() }

    /// No event begins after this; one may still be under way.
    package func stop() {
        state.withLock { $0.task }?.cancel()
    }

    /// Watches other files from now on. Those that were watched before go on as they were.
    package func watch(_ paths: [String]) {
        let signatures = paths.map { FileSignature(path: $0) }
        let (now, wall) = Self.clocks()
        state.withLock { state in
            guard paths != state.paths else { return }
            let former = paths.map { state.paths.firstIndex(of: $0) }
            state.machine.replacePaths(former, signatures, at: now, wall: wall)
            state.paths = paths
        }
    }

    private func look() -> Event? {
        let paths = state.withLock { $0.paths }
        // outside the lock: a dead network file system may take its time
        let signatures = paths.map { FileSignature(path: $0) }
        let (now, wall) = Self.clocks()
        return state.withLock { state in
            guard state.paths == paths else { return nil }
            switch state.machine.saw(signatures, at: now, wall: wall) {
            case .changed(let indices): return .changed(indices.map { paths[$0] })
            case .vanished(let indices): return .vanished(indices.map { paths[$0] })
            case nil: return nil
            }
        }
    }

    /// Nanoseconds: monotonic, and Unix time.
    private static func clocks() -> (now: Int64, wall: Int64) {
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        return (LogClock.now().monotonic, Int64(wall.tv_sec) * 1_000_000_000 + Int64(wall.tv_nsec))
    }
}
