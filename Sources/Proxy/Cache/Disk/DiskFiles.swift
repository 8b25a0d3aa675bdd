internal import Cache
internal import Logging
internal import NIOCore
internal import Synchronization

/// The files of a disk layer and what is known of them. Calls wait for the disk, those that change files come from one
/// thread.
final class DiskFiles: Sendable {
    private struct State {
        var index: DiskIndex
        var figures = DiskFigures()
        /// Largest body, in bytes.
        var maxObject: Int
    }

    private let folder: DiskFolder
    private let health: DiskHealth
    private let state: Mutex<State>

    init(_ folder: DiskFolder, _ bounds: ShelfBounds, maxObject: Int, _ policy: EvictionPolicy, log: Logger) {
        self.folder = folder
        health = DiskHealth(directory: folder.path, log: log)
        state = Mutex(State(index: DiskIndex(bounds, policy), maxObject: maxObject))
    }

    var figures: DiskFigures {
        state.withLock { state in
            var figures = state.figures
            figures.entries = state.index.count
            figures.bytes = state.index.bytes
            figures.isReady = state.index.isWhole
            return figures
        }
    }

    var names: [DiskName] { state.withLock { $0.index.names } }

    /// What is known of a name without the disk.
    enum Knowledge { case absent, expired, mayBeThere }

    func knowledge(of name: DiskName, _ now: Int64) -> Knowledge {
        state.withLock { state in
            let end = state.index.lastEnd(of: name)
            if end.map({ $0 > now }) ?? !state.index.isWhole { return .mayBeThere }
            state.figures.misses &+= 1
            return end == nil ? .absent : .expired
        }
    }

    func takes(_ answer: StoredAnswer) -> Bool {
        let isFit = state.withLock { answer.body.readableBytes <= $0.maxObject } && !health.isPaused
        if !isFit { refuse() }
        return isFit
    }

    func refuse() { state.withLock { $0.figures.refused &+= 1 } }

    // MARK: one file

    func find(_ name: DiskName, _ now: Int64) -> Resource? {
        let found = read(name)?.remaining(now)
        state.withLock { state in
            if found == nil {
                state.figures.misses &+= 1
            } else {
                state.figures.hits &+= 1
                state.index.use(name)
            }
        }
        return found
    }

    /// False where it is not kept.
    func store(_ answer: StoredAnswer, _ name: DiskName, until: Int64) -> Bool {
        let isThere = state.withLock { $0.index.lastEnd(of: name) != nil || !$0.index.isWhole }
        let before = isThere ? read(name) : nil
        // of another key by the same name there is one in 2^128
        let isSame = before?.key == answer.key
        let resource = isSame ? before?.adding(answer, until: until) : Resource(answer, until: until)
        guard let resource else { return false }
        return write(name, resource)
    }

    func remove(_ name: DiskName) {
        state.withLock { $0.index.remove(name) }
        folder.remove(name)
    }

    /// Unless something newer has come meanwhile.
    func removeExpired(_ name: DiskName, _ now: Int64) {
        let isExpired = state.withLock { state in
            guard let end = state.index.lastEnd(of: name), end <= now else { return false }
            state.figures.expired &+= 1
            return true
        }
        if isExpired { remove(name) }
    }

    /// How many answers were changed.
    func change(_ name: DiskName, _ change: (StoredAnswer) -> StoredAnswer?) -> Int {
        guard let resource = read(name) else { return 0 }
        var count = 0
        let rest = resource.mapped { answer in
            let other = change(answer)
            if other !== answer { count += 1 }
            return other
        }
        if count == 0 { return 0 }
        // what cannot be written anew may not stay as it was
        if rest.map({ write(name, $0) }) != true { remove(name) }
        return count
    }

    private func write(_ name: DiskName, _ resource: Resource) -> Bool {
        let bytes = ResourceCodec.encode(resource)
        let room = DiskFolder.room(for: bytes.count)
        let gone = state.withLock { $0.index.put(name, bytes: room, lastEnd: resource.lastEnd) }
        evict(gone ?? [])
        guard let gone, !gone.contains(name) else {
            remove(name)
            refuse()
            return false
        }
        do {
            try folder.writeAnyway(name, bytes)
        } catch {
            health.failed(error.number)
            // what stood there before may be older than what could not be written
            remove(name)
            refuse()
            return false
        }
        health.worked()
        state.withLock { $0.figures.insertions &+= 1 }
        return true
    }

    /// Nil where there is no whole, undamaged file; what is left of a damaged one goes.
    private func read(_ name: DiskName) -> Resource? {
        let most = state.withLock { $0.index.bounds.bytes }
        let bytes: [UInt8]?
        do {
            bytes = try folder.read(name, most: most)
        } catch {
            return nil
        }
        guard let bytes else {
            state.withLock { $0.index.remove(name) }
            return nil
        }
        if let resource = bytes.withUnsafeBytes({ ResourceCodec.decode($0) }) { return resource }
        state.withLock { $0.figures.damaged &+= 1 }
        health.damaged(name)
        remove(name)
        return nil
    }

    private func evict(_ names: [DiskName]) {
        if names.isEmpty { return }
        state.withLock { $0.figures.evictions &+= names.count }
        names.forEach(folder.remove)
    }

    // MARK: all files

    /// Learns what an earlier process left, the oldest first, so that it leaves first. What may stay no longer goes now, as
    /// does what is too much.
    func prepare() {
        do {
            try folder.prepare()
        } catch {
            health.failed(error.number)
        }
        let now = LogClock.now().unixMilliseconds
        folder.tidy(now: Int(now / 1000))
        let most = state.withLock { $0.index.bounds }
        var known: [DiskFolder.Found] = []
        for part in UInt8.min...UInt8.max {
            for file in folder.files(in: part) {
                let isOld = file.lastEnd.map { $0 <= now } ?? true
                if isOld || known.count >= most.entries { folder.remove(file.name) } else { known.append(file) }
            }
        }
        known.sort { $0.written < $1.written }
        for file in known {
            let gone = state.withLock { state -> [DiskName] in
                guard let end = file.lastEnd, state.index.lastEnd(of: file.name) == nil else { return [] }
                return state.index.put(file.name, bytes: file.bytes, lastEnd: end) ?? [file.name]
            }
            evict(gone)
        }
        state.withLock { $0.index.isWhole = true }
    }

    func resize(_ bounds: ShelfBounds, maxObject: Int) {
        let gone = state.withLock { state in
            state.maxObject = maxObject
            return state.index.resize(bounds)
        }
        evict(gone)
    }
}
