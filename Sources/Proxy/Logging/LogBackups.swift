import Glibc

/// The files that were put aside: `gateway.log.1` is the youngest, `.gz` where compressed.
///
/// Compression goes on in small steps between two batches of lines. One that a further rotation, an error or the end
/// of the process cut short is begun anew later: every file without `.gz` that `look` finds is a task.
final class LogBackups {
    private let path: String
    private let kept: Int
    private let compress: Bool
    private var job: GzipFile?
    private var mayHaveTasks = false

    init(path: String, kept: Int, compress: Bool) {
        self.path = path
        self.kept = kept
        self.compress = compress
    }

    var isCompressing: Bool { compress && mayHaveTasks }

    /// Looks for work that was left, on opening.
    func look() {
        mayHaveTasks = compress
    }

    /// Moves every backup one number up, drops what is beyond the last, and renames the file itself to `.1`.
    /// Returns the error that prevented the latter.
    func putAside() -> Int32? {
        cancel()
        if kept == 0 { return unlink(path) == 0 || errno == ENOENT ? nil : errno }
        var beyond = kept
        while remove(beyond) { beyond += 1 }
        for number in stride(from: kept - 1, through: 1, by: -1) {
            for suffix in ["", ".gz"] { _ = rename(name(number) + suffix, name(number + 1) + suffix) }
        }
        guard rename(path, name(1)) == 0 else { return errno }
        mayHaveTasks = compress
        return nil
    }

    /// Compresses a little of what is to be compressed.
    func step() {
        guard isCompressing else { return }
        if job == nil { job = nextTask() }
        guard let job else {
            mayHaveTasks = false
            return
        }
        switch job.step() {
        case .more: return
        case .done: self.job = nil
        case .failed:
            // The file stays as it is, and readable; the next rotation tries again.
            self.job = nil
            mayHaveTasks = false
        }
    }

    func cancel() {
        job?.cancel()
        job = nil
    }

    private func nextTask() -> GzipFile? {
        for number in stride(from: 1, through: kept, by: 1) where access(name(number), F_OK) == 0 {
            if let file = GzipFile(source: name(number), target: name(number) + ".gz") { return file }
        }
        return nil
    }

    private func remove(_ number: Int) -> Bool {
        let plain = unlink(name(number)) == 0
        let compressed = unlink(name(number) + ".gz") == 0
        return plain || compressed
    }

    private func name(_ number: Int) -> String { "\(path).\(number)" }
}
