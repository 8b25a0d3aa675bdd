package import Cache
package import Logging
internal import NIOPosix
internal import Synchronization

/// The disk layer: answers in files, which outlive the process, within bounds. Any thread may call; the disk is only ever
/// waited for on threads of its own, one that changes files and two that read.
///
/// Which files there are is known in memory (some 100 bytes each), so most misses cost nothing. A file that is damaged is a
/// miss, and is removed; a disk that is full or fails takes nothing, which the log says once.
package final class DiskStore: Sendable {
    /// Lookups that wait for the disk at most; more are misses.
    private static let mostLookups = 256
    /// Bytes of answers that wait to be written at most; more are not kept.
    private static let mostWaiting = 32 << 20
    /// Files of which anything is known.
    private static let mostEntries = 1_000_000

    private let files: DiskFiles
    private let lookups = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    private let readers = NIOThreadPool(numberOfThreads: 2)
    private let writer = NIOThreadPool(numberOfThreads: 1)

    /// Begins at once to look at what is there. `directory` is absolute, or begins with `~/`.
    package init(
        directory: String, maxEntries: Int, maxBytes: Int, maxObject: Int, policy: EvictionPolicy = .s3Fifo, log: Logger
    ) {
        files = DiskFiles(
            DiskFolder(directory), Self.bounds(maxEntries, maxBytes), maxObject: maxObject, policy, log: log)
        readers.start()
        writer.start()
        let files = files
        writer.submit { _ in files.prepare() }
    }

    deinit {
        readers.shutdownGracefully { _ in }
        writer.shutdownGracefully { _ in }
    }

    package var figures: DiskFigures { files.figures }

    /// What is kept under a name; nil where nothing is. `done` is called once: at once where nothing is known of it, else on
    /// a thread of the layer. Whoever asks compares the keys of what it gets. `now`: wall-clock milliseconds.
    package func find(_ name: CacheName, now: Int64, _ done: @escaping @Sendable (Resource?) -> Void) {
        guard let name = DiskName(name) else { return done(nil) }
        let files = files
        switch files.knowledge(of: name, now) {
        case .mayBeThere: break
        case .absent: return done(nil)
        case .expired:
            writer.submit { _ in files.removeExpired(name, now) }
            return done(nil)
        }
        guard lookups.wrappingAdd(1, ordering: .relaxed).newValue <= Self.mostLookups else {
            lookups.wrappingSubtract(1, ordering: .relaxed)
            return done(nil)
        }
        readers.submit { [weak self] _ in
            let found = files.find(name, now)
            self?.lookups.wrappingSubtract(1, ordering: .relaxed)
            done(found)
        }
    }

    /// Keeps an answer until then at the longest (wall-clock milliseconds), in place of an older one of the same variant.
    /// `done` tells whether it is kept.
    package func store(
        _ answer: StoredAnswer, _ name: CacheName, until: Int64, _ done: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        guard let name = DiskName(name), files.takes(answer) else { return done(false) }
        guard waiting.wrappingAdd(answer.cost, ordering: .relaxed).newValue <= Self.mostWaiting else {
            waiting.wrappingSubtract(answer.cost, ordering: .relaxed)
            files.refuse()
            return done(false)
        }
        let files = files
        writer.submit { [weak self] _ in
            let isKept = files.store(answer, name, until: until)
            self?.waiting.wrappingSubtract(answer.cost, ordering: .relaxed)
            done(isKept)
        }
    }

    package func remove(_ name: CacheName, _ done: @escaping @Sendable () -> Void = {}) {
        guard let name = DiskName(name) else { return done() }
        let files = files
        writer.submit { _ in
            files.remove(name)
            done()
        }
    }

    /// Each answer becomes what `change` makes of it; nil removes it. Tells how many were changed. Reads all files, a few at
    /// a time, so that other work comes in between; what is stored meanwhile may stay as it is.
    package func changeAll(
        _ change: @escaping @Sendable (StoredAnswer) -> StoredAnswer?,
        _ done: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        let files = files
        let writer = writer
        writer.submit { _ in Self.change(files.names[...], files, writer, 0, change, done) }
    }

    package func resize(maxEntries: Int, maxBytes: Int, maxObject: Int) {
        let bounds = Self.bounds(maxEntries, maxBytes)
        let files = files
        writer.submit { _ in files.resize(bounds, maxObject: maxObject) }
    }

    private static func change(
        _ names: ArraySlice<DiskName>, _ files: DiskFiles, _ writer: NIOThreadPool, _ before: Int,
        _ change: @escaping @Sendable (StoredAnswer) -> StoredAnswer?, _ done: @escaping @Sendable (Int) -> Void
    ) {
        let count = names.prefix(64).reduce(before) { $0 + files.change($1, change) }
        let rest = names.dropFirst(64)
        if rest.isEmpty { return done(count) }
        writer.submit { state in
            if case .cancelled = state { return done(count) }
            Self.change(rest, files, writer, count, change, done)
        }
    }

    private static func bounds(_ entries: Int, _ bytes: Int) -> ShelfBounds {
        ShelfBounds(entries: min(entries, mostEntries), bytes: bytes)
    }
}
