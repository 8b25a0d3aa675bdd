internal import Glibc
internal import Settings

/// The last versions of the file that changes are written to, in `.NAME.history/` beside it.
///
/// A version is two files: `000007.json` (its content, with the ending of the file itself, to be looked at and copied
/// by hand) and `000007.entry` (what is known of it, one line of JSON). The content is there before the entry is, each
/// comes by rename, and both go in the reverse order: so an entry that is there is whole, whenever the process stops.
/// A change that waits for its outcome is one file, `pending`: a line of JSON, then the content.
///
/// What somebody relies on is on the disk when the call returns: a change that waits, a version that is to be confirmed
/// or belongs to a change for all. Other versions reach it within seconds: a power cut, unlike the end of the process,
/// may take the newest ones, or leave them damaged and so passed over.
package struct ConfigHistory: Sendable {
    package struct Entry: Sendable, Equatable {
        package var number: Int
        /// Of the content, as `ConfigFile.hash` gives it.
        package var hash: String
        /// Unix milliseconds.
        package var time: Int64
        /// `patch`, `apply`, `set`, `unset`, `rollback`, `guard`, `file`, `start` or `replica`.
        package var by: String
        package var note: String
        package var reason: String
        /// At most 50, then `...`.
        package var changedPaths: [String]
        package var transaction: String?
        /// Unix milliseconds; nil when nobody needs to confirm it, or somebody has.
        package var confirmBy: Int64?

        package init(
            number: Int = 0, hash: String, time: Int64, by: String, note: String = "", reason: String = "",
            changedPaths: [String] = [], transaction: String? = nil, confirmBy: Int64? = nil
        ) {
            self.number = number
            self.hash = hash
            self.time = time
            self.by = by
            self.note = note
            self.reason = reason
            self.changedPaths = changedPaths
            self.transaction = transaction
            self.confirmBy = confirmBy
        }

        var isReliedOn: Bool { transaction != nil || confirmBy != nil }
    }

    private static let ending = "entry"
    /// Paths that an entry names.
    static let mostPaths = 50

    private let file: ConfigFile
    private let kept: Int
    private let place: FilePlace

    package init(_ file: ConfigFile, kept: Int = 20) {
        self.file = file
        self.kept = max(kept, 1)
        place = FilePlace(file.path)
    }

    /// Where the versions are.
    package var folder: String { place.history }

    /// Newest first. What is damaged, or not ours, is passed over.
    package func entries() -> [Entry] {
        let whole = numbers(Self.ending).sorted(by: >).lazy.compactMap { number -> Entry? in
            guard let (entry, size) = record(number), self.size(of: content(number)) == size else { return nil }
            return entry
        }
        // one more may be left where the process stopped between adding and pruning
        return Array(whole.prefix(kept))
    }

    /// The content of a version; nil where there is none, or another than the entry was made for.
    package func bytes(of entry: Entry) -> [UInt8]? {
        guard case .bytes(let bytes) = FileReading.read(content(entry.number)) else { return nil }
        return ConfigFile.hash(bytes) == entry.hash ? bytes : nil
    }

    /// Adds a version and gives it its number, and drops the oldest beyond those that are kept.
    package func add(_ entry: Entry, _ bytes: [UInt8]) throws(ConfigFileFailure) -> Entry {
        try file.locked(place, failing: failing) { () throws(ConfigFileFailure) in
            var entry = entry
            entry.number = max(numbers(Self.ending).max() ?? 0, numbers(contentEnding).max() ?? 0) + 1
            let lasting = entry.isReliedOn
            try put(bytes, content(entry.number), lasting: lasting)
            try put(Self.text(entry, size: bytes.count), name(entry.number), lasting: lasting)
            if lasting { file.disk.syncFolder(folder) }
            prune()
            return entry
        }
    }

    /// Writes anew what is known of a version. One that is gone stays gone.
    package func update(_ entry: Entry) throws(ConfigFileFailure) {
        try file.locked(place, failing: failing) { () throws(ConfigFileFailure) in
            guard let (before, size) = record(entry.number) else { return }
            let lasting = entry.isReliedOn || before.isReliedOn
            try put(Self.text(entry, size: size), name(entry.number), lasting: lasting)
            if lasting { file.disk.syncFolder(folder) }
        }
    }

    // MARK: the files

    private func name(_ number: Int) -> String { path(number, Self.ending) }
    private func content(_ number: Int) -> String { path(number, contentEnding) }

    private func path(_ number: Int, _ ending: String) -> String {
        let digits = String(number)
        return FilePlace.joined(
            folder, String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + "\(digits).\(ending)")
    }

    /// That of the file itself.
    private var contentEnding: String {
        guard let dot = place.name.lastIndex(of: "."), dot > place.name.startIndex else { return "text" }
        let ending = String(place.name[place.name.index(after: dot)...])
        return ending.isEmpty || ending == Self.ending ? "text" : ending
    }

    /// The numbers of the files with an ending.
    private func numbers(_ ending: String) -> [Int] {
        DiskCalls.names(in: folder).compactMap { name in
            guard name.hasSuffix(".\(ending)") else { return nil }
            let digits = name.dropLast(ending.utf8.count + 1)
            guard digits.utf8.count >= 6, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return Int(digits).flatMap { $0 < Int.max ? $0 : nil }
        }
    }

    private func size(of path: String) -> Int? {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG ? Int(facts.st_size) : nil
    }

    private func record(_ number: Int) -> (entry: Entry, size: Int)? {
        guard case .bytes(let bytes) = FileReading.read(name(number)), let read = Self.entry(bytes) else { return nil }
        return read.entry.number == number ? read : nil
    }

    private func failing(_ failure: DiskCalls.Failure) -> ConfigFileFailure {
        .cannotKeep(file.path, place, failure)
    }

    private func put(_ bytes: [UInt8], _ path: String, lasting: Bool = true) throws(ConfigFileFailure) {
        let temporary = FilePlace.temporary(folder, FilePlace.split(path).name)
        do throws(DiskCalls.Failure) {
            try file.disk.write(bytes, to: temporary, owner: ConfigFile.manners(place).owner, lasting: lasting)
            do throws(DiskCalls.Failure) {
                try file.disk.rename(temporary, to: path)
            } catch {
                file.disk.remove(temporary)
                throw error
            }
        } catch {
            throw failing(error)
        }
    }

    /// Takes a version out that never came into force.
    package func remove(_ entry: Entry) {
        file.disk.remove(name(entry.number))
        file.disk.remove(content(entry.number))
    }

    /// Only what is older than every version that is kept goes: contents without an entry, and damaged ones, may still
    /// help somebody.
    private func prune() {
        let whole = entries().map(\.number)
        guard whole.count >= kept else { return }
        let oldest = whole[kept - 1]
        for number in numbers(Self.ending) where number < oldest { file.disk.remove(name(number)) }
        for number in numbers(contentEnding) where number < oldest { file.disk.remove(content(number)) }
    }

    // MARK: a change that waits

    /// A change for all replicas that this one has promised to take, and what came of it.
    package struct Pending: Sendable, Equatable {
        package var transaction: String
        /// Of the file that it was worked out on; empty where there was none.
        package var baseHash: String
        package var peers: [String]
        package var note: String

        package init(transaction: String, baseHash: String, peers: [String], note: String = "") {
            self.transaction = transaction
            self.baseHash = baseHash
            self.peers = peers
            self.note = note
        }
    }

    private var pendingPath: String { FilePlace.joined(folder, "pending") }

    /// The change that waits, and the content that the file gets by it.
    package func pending() -> (Pending, [UInt8])? {
        guard case .bytes(let bytes) = FileReading.read(pendingPath) else { return nil }
        return Self.pending(bytes)
    }

    package func setPending(_ pending: Pending, _ bytes: [UInt8]) throws(ConfigFileFailure) {
        try file.locked(place, failing: failing) { () throws(ConfigFileFailure) in
            try put(Self.text(pending, bytes), pendingPath)
            file.disk.syncFolder(folder)
        }
    }

    package func clearPending() {
        guard size(of: pendingPath) != nil else { return }
        file.disk.remove(pendingPath)
        file.disk.syncFolder(folder)
    }
}
